/** Whoever leaves a stream, but not the connection, leaves nothing behind. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { startWireServer, type WireServer } from './wire.ts'

const streams: [string, string][] = [
  ['a watch', '/api/v1/namespaces/default/pods?watch=true'],
  ['a recording', '/tiphys/v1/recording?namespace=default&follow=true'],
]

for (const [what, path] of streams)
  describe(`wire: a reader that leaves ${what}`, () => {
    let wire: WireServer
    let left: Promise<unknown>

    before(async () => {
      wire = await startWireServer({
        observe({ url, signal }) {
          if (url === path) left = once(signal, 'abort')
        },
      })
    })
    after(() => wire.close())

    async function open(): Promise<number> {
      const { text } = await wire.ask('GET', '/metrics')
      const counts = text
        .split('\n')
        .filter((line) => line.startsWith('apiserver_longrunning_requests{'))
        .map((line) => Number(line.split(' ').at(-1)))
      return counts.reduce((sum, count) => sum + count, 0)
    }

    it('over HTTP/1.1 is missed at once', async () => {
      const stream = await wire.watch(path)
      assert.equal(await open(), 1)
      stream.close()
      await left
      assert.equal(await open(), 0)
    })

    it('over HTTP/2 is missed at once, while its connection goes on', async () => {
      const session = wire.http2()
      const stream = session.request({ ':path': path })
      await once(stream, 'response')
      assert.equal(await open(), 1)
      stream.close(constants.NGHTTP2_CANCEL)
      await left
      assert.equal(await open(), 0)
      const again = session.request({ ':path': '/version' })
      assert.equal((await once(again, 'response'))[0][':status'], 200)
      session.destroy()
    })
  })
