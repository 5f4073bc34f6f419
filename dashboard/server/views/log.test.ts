import assert from 'node:assert/strict'
import { linesShown, logLines } from './log.ts'

describe('a log on the page', () => {
  const text = [
    'begins before',
    '2026-01-01T00:00:01.5Z one',
    '2026-01-01T00:00:02.123456789Z',
    '2026-01-01T00:00:03Z   three  ',
    'goes on',
    '2026-01-01T00:00:04Z four',
    '',
  ].join('\n')

  it('has each line with its time; one without belongs to the one before', () => {
    assert.deepEqual(logLines(text), [
      { at: '', text: 'begins before' },
      { at: '2026-01-01T00:00:01.5Z', text: 'one' },
      { at: '2026-01-01T00:00:02.123456789Z', text: '' },
      { at: '2026-01-01T00:00:03Z', text: '  three  ' },
      { at: '2026-01-01T00:00:03Z', text: 'goes on' },
      { at: '2026-01-01T00:00:04Z', text: 'four' },
    ])
  })

  it('ends at the moment that is looked at', () => {
    const lines = logLines(text, Date.parse('2026-01-01T00:00:03.5Z'))
    assert.deepEqual(lines.at(-1), { at: '2026-01-01T00:00:03Z', text: 'goes on' })
  })

  it('is no longer than what is shown: the last lines', () => {
    const many = Array.from({ length: 3 * linesShown }, (_, n) => `2026-01-01T00:00:00Z ${n}`)
    const lines = logLines(many.join('\n'))
    assert.equal(lines.length, linesShown)
    assert.equal(lines.at(-1)?.text, String(3 * linesShown - 1))
  })

  it('cuts lines that nobody reads, and holds no more than a megabyte of them', () => {
    const [line] = logLines(`2026-01-01T00:00:00Z ${'x'.repeat(100_000)}`)
    assert.equal(line?.text, `${'x'.repeat(16_384)} ... (100000 characters)`)
    const many = Array.from({ length: 500 }, () => `2026-01-01T00:00:00Z ${'x'.repeat(10_000)}`)
    const lines = logLines(many.join('\n'))
    assert.equal(lines.length, 104)
  })
})
