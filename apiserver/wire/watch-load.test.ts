/** Many watchers while many write: each hears everything that it selects, once, in one order, and no bookmark is ahead. */

import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { configMap, type Stream, startWireServer, type WireServer } from './wire.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const watchers = 50
const writers = 8
const writesEach = 30

interface Event {
  type: string
  object: {
    metadata: { name: string; resourceVersion: string; labels?: { parity: string } }
  }
}
const versionOf = ({ object }: Event) => Number(object.metadata.resourceVersion)

describe('wire: many watches', () => {
  let wire: WireServer
  const clock = new VirtualClock(Date.now())
  const streams: Stream[] = []
  before(async () => {
    wire = await startWireServer({ clock })
  })
  after(async () => {
    for (const stream of streams) stream.close()
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  const write = async (writer: number) => {
    const name = `w${writer}`
    for (let at = 0; at < writesEach; at++) {
      const labels = { parity: at % 2 ? 'odd' : 'even' }
      const body = configMap(name, { at: `${at}` }, { labels })
      const { code } =
        at === 0
          ? await wire.ask('POST', maps, { body })
          : await wire.ask('PUT', `${maps}/${name}`, { body })
      assert.ok(code < 300)
      if (at % 10 === 0) await clock.advance(61_000)
    }
  }

  /** All that comes before the last of all writes, and with it. */
  const until = async (stream: Stream, last: number): Promise<Event[]> => {
    const events: Event[] = []
    for (;;) {
      const [event] = (await stream.take(1)) as Event[]
      assert.ok(event, 'the stream ended')
      events.push(event)
      if (versionOf(event) >= last) return events
    }
  }

  it('are told the same by the same, whatever they select', async () => {
    const { resourceVersion } = (await wire.ask('GET', maps)).json.metadata
    const from = `${maps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=86400&resourceVersion=${resourceVersion}`
    const kinds = ['', '&labelSelector=parity%3Dodd', '&fieldSelector=metadata.name%3Dw3']
    for (let at = 0; at < watchers; at++) streams.push(await wire.watch(from + kinds[at % 3]))
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
    const { json } = await wire.ask('POST', maps, {
      body: configMap('w3x', {}, { labels: { parity: 'odd' } }),
    })
    const end = Number(json.metadata.resourceVersion)
    await clock.advance(61_000)
    const told = await Promise.all(streams.map((stream) => until(stream, end)))
    const whole = changesOf(told[0] as Event[])
    assert.equal(whole.length, writers * writesEach + 1)
    for (const [at, events] of told.entries()) {
      checkBookmarks(events)
      const mine = changesOf(events)
      if (at % 3 === 0) assert.deepEqual(mine, whole)
      else if (at % 3 === 1) assert.deepEqual(mine, changesOf(told[1] as Event[]))
      else
        assert.deepEqual(
          mine,
          whole.filter((line) => / w3$/.test(line)),
        )
    }
    // Those of one parity enter and leave at every write but the first.
    const odd = changesOf(told[1] as Event[])
    assert.equal(odd.length, writers * (writesEach - 1) + 1)
    assert.ok(odd.every((line) => / (ADDED|DELETED) /.test(line)))
  }).timeout(30_000)
})

const changesOf = (events: Event[]) =>
  events
    .filter(({ type }) => type !== 'BOOKMARK')
    .map(({ type, object: { metadata } }) => `${metadata.resourceVersion} ${type} ${metadata.name}`)

/** After a bookmark comes nothing that is not newer. */
function checkBookmarks(events: Event[]): void {
  let reached = 0
  let bookmarks = 0
  for (const event of events) {
    if (event.type === 'BOOKMARK') {
      bookmarks++
      assert.ok(versionOf(event) >= reached)
    } else assert.ok(versionOf(event) > reached, `${versionOf(event)} came after ${reached}`)
    reached = versionOf(event)
  }
  assert.ok(bookmarks > 0)
}
