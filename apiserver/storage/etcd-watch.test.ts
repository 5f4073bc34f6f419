import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Observable } from 'rxjs'
import type { KeyValue, WatchResponse, WatchStream } from './etcd-client.ts'
import { encodeNote } from './etcd-note.ts'
import { EtcdWatch } from './etcd-watch.ts'
import type { WatchBatch } from './storage.ts'

const bytes = (text: string) => Buffer.from(text)
const noteKey = bytes('/t0')

type Event = WatchResponse['events'][number]

const put = (key: Buffer, revision: number, value: Buffer): Event => ({
  type: 'PUT',
  kv: { key, create_revision: revision, mod_revision: revision, value },
  prev_kv: null,
})

const written = (name: string, revision: number) => put(bytes(`/t${name}`), revision, bytes('x'))

const noted = (name: string, revision: number) =>
  put(noteKey, revision, encodeNote({ key: bytes(`/t${name}`), note: bytes(`of ${name}`) }))

function response(events: Event[], fragment = false): WatchResponse {
  const nothing = { canceled: false, compact_revision: 0, cancel_reason: '' }
  return { header: { revision: 0 }, created: true, ...nothing, fragment, events }
}

/** Starts a watch with notes on what the returned stream will say. */
function watching(told: WatchBatch[]): EventEmitter {
  const stream = Object.assign(new EventEmitter(), {
    write: () => true,
    cancel: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  })
  new Observable<WatchBatch>((subscriber) => {
    const entryOf = ({ key, value, create_revision, mod_revision }: KeyValue) => ({
      key: key.toString(),
      value,
      created: create_revision,
      modified: mod_revision,
    })
    const range = { key: bytes('/t/b/'), rangeEnd: bytes('/t0\0') }
    const wanted = { noteKey, until: bytes('/t/b0') }
    const watch = new EtcdWatch({ ...range, after: 1, noted: wanted, entryOf }, subscriber)
    watch.start(stream as unknown as WatchStream)
  }).subscribe((batch) => told.push(batch))
  return stream
}

const textOf = ({ revision, events }: WatchBatch) =>
  `${revision}: ${events.map(({ note }) => note?.toString() ?? '-').join(', ')}`

describe('a watch of etcd with notes', () => {
  let told: WatchBatch[]
  let stream: EventEmitter
  beforeEach(() => {
    told = []
    stream = watching(told)
  })

  it('tells a write with its note when both come in different fragments', () => {
    stream.emit('data', response([written('/b/1', 2), noted('/b/1', 2), written('/b/2', 3)], true))
    assert.deepEqual(told, [])
    stream.emit('data', response([noted('/b/2', 3), written('/b/3', 4)]))
    assert.deepEqual(told.map(textOf), ['4: of /b/1, of /b/2, -'])
  })

  it('finds the note whichever of the two comes first', () => {
    stream.emit('data', response([noted('/b/1', 2), written('/b/1', 2)]))
    assert.deepEqual(told.map(textOf), ['2: of /b/1'])
  })

  it('tells nothing of keys beyond its prefix, and of notes alone', () => {
    stream.emit('data', response([written('/c', 2), noted('/c', 2), noted('/a', 3)]))
    assert.deepEqual(told, [])
  })

  it('gives nobody the note of another key', () => {
    stream.emit('data', response([written('/b/1', 2), noted('/a', 2)]))
    assert.deepEqual(told.map(textOf), ['2: -'])
  })
})
