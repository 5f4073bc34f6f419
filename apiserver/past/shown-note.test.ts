import assert from 'node:assert/strict'
import type { ObjectVersion, WriteCause } from '../../api/write-record.ts'
import { drain } from '../../ports/virtual-clock.ts'
import type { Authorizer } from '../auth/authorization.ts'
import { noteOf, readNote } from '../registry/write-note.ts'
import { ShownNotes } from './shown-note.ts'

const user = { name: 'ann', groups: [] }
const version = (resource: string, name: string, namespace = 'here'): ObjectVersion => ({
  resource,
  group: '',
  namespace,
  name,
  resourceVersion: '7',
})

function noteWith(cause: WriteCause): Buffer {
  const { signal } = new AbortController()
  const context = { user, requestId: 'r', userAgent: '', signal, warn: () => {}, cause }
  return noteOf({ clock: { now: () => 0 } }, context)
}

describe('the notes of a recording', () => {
  const asked: string[] = []
  const unexpected: unknown[] = []

  const notes = (authorize: Authorizer) => {
    asked.length = 0
    return new ShownNotes({
      user,
      authorize(attributes) {
        if ('name' in attributes) asked.push(`${attributes.resource}/${attributes.name}`)
        return authorize(attributes)
      },
      namespace: 'here',
      resources: new Set(['pods']),
      unexpected: (error) => unexpected.push(error),
    })
  }
  const only =
    (...resources: string[]): Authorizer =>
    (attributes) => ({
      allowed: 'resource' in attributes && resources.includes(attributes.resource),
    })
  const causeIn = (note: Buffer) => readNote(note)?.cause

  it('are the same bytes where all may be read, without a question for what is recorded', () => {
    const note = noteWith({ for: version('pods', 'a'), because: [version('nodes', 'n', '')] })
    assert.equal(notes(only('nodes')).of(note), note)
    assert.deepEqual(asked, ['nodes/n'])
  })

  it('leave out what the reader may not read', () => {
    const pod = version('pods', 'a')
    const secret = version('secrets', 's')
    const shown = notes(only())
    const both = noteWith({ by: 'replicaset', for: secret, because: [pod, secret], more: 2 })
    assert.deepEqual(causeIn(shown.of(both)), { by: 'replicaset', because: [pod], more: 2 })
    assert.ok(!shown.of(both).includes('secrets'))
    assert.deepEqual(causeIn(shown.of(noteWith({ for: pod, because: [secret] }))), {
      for: pod,
      because: [],
    })
  })

  it('do not take a pod of another namespace for one that is recorded', () => {
    const note = noteWith({ for: version('pods', 'a', 'elsewhere'), because: [] })
    assert.deepEqual(causeIn(notes(only()).of(note)), { because: [] })
  })

  it('ask once of each object', () => {
    const shown = notes(only())
    const note = noteWith({ because: [version('nodes', 'n', '')] })
    for (let at = 0; at < 3; at++) shown.of(note)
    assert.deepEqual(asked, ['nodes/n'])
  })

  it('do not wait for an answer: what cannot be told at once is shown from then on', async () => {
    const shown = notes(async () => ({ allowed: true }))
    const note = noteWith({ because: [version('nodes', 'n', '')] })
    assert.deepEqual(causeIn(shown.of(note))?.because, [])
    await drain()
    assert.equal(shown.of(note), note)
  })

  it('report what the question came to, where that was no answer', async () => {
    const shown = notes(() => Promise.reject(new Error('nobody answers')))
    const note = noteWith({ because: [version('nodes', 'n', '')] })
    shown.of(note)
    await drain()
    assert.deepEqual(unexpected, [new Error('nobody answers')])
    assert.deepEqual(causeIn(shown.of(note))?.because, [])
  })
})
