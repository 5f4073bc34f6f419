import assert from 'node:assert/strict'
import type { WriteCause } from '../../api/write-record.ts'
import { noteOf, noteTime, ownNote, readNote } from './write-note.ts'

const ports = { clock: { now: () => 1_700_000_000_123 } }
const context = {
  user: { name: 'alice', groups: [] },
  requestId: 'r-1',
  userAgent: 'kubectl/v1.36.0',
  signal: new AbortController().signal,
  warn: () => {},
}
const version = (name: string) => ({
  resource: 'pods',
  group: '',
  namespace: 'default',
  name,
  resourceVersion: '7',
})

describe('the note of a write', () => {
  it('says who wrote, when, and by what request', () => {
    const asked = { verb: 'patch', subresource: 'scale', fieldManager: 'me' } as const
    assert.deepEqual(readNote(noteOf(ports, { ...context, asked })), {
      at: '2023-11-14T22:13:20.123Z',
      verb: 'patch',
      subresource: 'scale',
      fieldManager: 'me',
      user: 'alice',
      userAgent: 'kubectl/v1.36.0',
      requestId: 'r-1',
    })
  })

  it('keeps what the client says of causes', () => {
    const cause = { for: version('a'), because: [version('b')] }
    assert.deepEqual(readNote(noteOf(ports, { ...context, cause }))?.cause, cause)
  })

  it('is small, whatever a client says of itself', () => {
    const long = 'x'.repeat(100_000)
    const cause: WriteCause = {
      for: version('web'),
      because: Array.from({ length: 8 }, () => version('x'.repeat(500))),
      more: 2,
    }
    const user = { name: long, groups: [] }
    const note = noteOf(ports, { ...context, user, impersonator: long, userAgent: long, cause })
    assert.ok(note.length < 3_000, `${note.length} bytes`)
    const kept = readNote(note)?.cause
    assert.deepEqual(kept?.for, version('web'))
    assert.ok(kept.because.length > 0)
    assert.equal(kept.because.length + (kept.more ?? 0), 10)
  })

  it('leaves out causes that say too much of the one object that counts', () => {
    const cause = { for: version('x'.repeat(8_000)), because: [version('b')] }
    assert.equal(readNote(noteOf(ports, { ...context, cause }))?.cause, undefined)
  })

  it('names the server where nobody asked', () => {
    assert.deepEqual(readNote(ownNote(ports.clock, { verb: 'delete' })), {
      at: '2023-11-14T22:13:20.123Z',
      verb: 'delete',
      user: 'system:apiserver',
      requestId: '',
    })
  })

  it('tells its time without being read', () => {
    for (const note of [noteOf(ports, context), ownNote(ports.clock, { verb: 'update' })])
      assert.equal(noteTime(note), readNote(note)?.at)
  })

  it('is nothing where there is none', () => assert.equal(readNote(undefined), undefined))
})
