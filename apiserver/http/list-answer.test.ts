import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { configMaps } from '../resources/core/config-map.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import { plainOf, settled } from '../wire/protobuf.ts'
import { protobufAnswers, type Wish } from './answers.ts'
import type { Exchange, Headers, Output } from './exchange.ts'
import { sendList } from './list-answer.ts'

/** An exchange that keeps what is sent, and takes it as slowly as asked. */
function kept(remoteAddress: string, acceptEncoding: string | undefined, behind: boolean) {
  const chunks: Buffer[] = []
  let headers: Headers = {}
  let waiting = 0
  let most = 0
  const output: Output = {
    write(chunk, taken) {
      waiting++
      most = Math.max(most, waiting)
      setImmediate(() => {
        // Only now is it read: whoever fills it again too early is found out.
        chunks.push(Buffer.from(chunk))
        waiting--
        taken?.()
      })
      return !behind
    },
    drained: async () => {
      while (waiting > 0) await new Promise((resolve) => setImmediate(resolve))
    },
    buffered: 0,
    closed: false,
    end: () => {},
    abort: () => {},
  }
  const exchange = {
    socket: { remoteAddress },
    signal: new AbortController().signal,
    header: (name: string) => (name === 'accept-encoding' ? acceptEncoding : undefined),
    setHeader: () => {},
    send(_code: number, sent: Headers, body: Buffer) {
      headers = sent
      chunks.push(body)
    },
    open(_code: number, sent: Headers) {
      headers = sent
      return output
    },
  } as unknown as Exchange
  return {
    exchange,
    async body() {
      await output.drained()
      return Buffer.concat(chunks)
    },
    headers: () => headers,
    most: () => most,
  }
}

const item = (index: number, size: number) => ({
  metadata: { name: `m${index}` },
  data: { a: 'x'.repeat(size) },
})
const cached = (index: number, size: number) =>
  ({
    bytes: Buffer.from(
      JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', ...item(index, size) }),
    ),
  }) as CachedObject

const wish = { version: 'v1' as const, query: new URLSearchParams(), clock: { now: () => 0 } }

describe('list answer', () => {
  const check = async (
    sizes: number[],
    address: string,
    encoding?: string,
    behind = false,
    protobuf?: Wish['protobuf'],
  ) => {
    const items = sizes.map((size, index) => cached(index, size))
    const told = kept(address, encoding, behind)
    await sendList(told.exchange, configMaps, { items, revision: 7 }, { ...wish, protobuf })
    const body = await told.body()
    const headers = told.headers()
    const compressed = headers['Content-Encoding'] === 'gzip'
    if (!compressed && headers['Content-Length'] !== undefined)
      assert.equal(headers['Content-Length'], body.length)
    const plain = compressed ? gunzipSync(body) : body
    const expected = {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7' },
      items: sizes.map((size, index) => item(index, size)),
    }
    if (protobuf) assert.deepEqual(plainOf(plain), settled(expected))
    else assert.deepEqual(JSON.parse(plain.toString()), expected)
    return { compressed, most: told.most() }
  }

  it('is the same bytes however the objects fall into slabs', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 60_000, max: 70_000 })), {
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (all, behind) => {
        await check(all, '127.0.0.1', undefined, behind)
      }),
      { numRuns: 60 },
    )
  })

  it('is the same in protobuf', async () => {
    const protobuf = await protobufAnswers()
    const sizes = fc.array(fc.nat(70_000), { maxLength: 10 })
    const far = fc.constantFrom('127.0.0.1', '10.0.0.1')
    await fc.assert(
      fc.asyncProperty(sizes, far, async (all, address) => {
        await check(all, address, 'gzip', false, protobuf)
      }),
      { numRuns: 30 },
    )
  })

  it('has no more than a few slabs under way, however large it is', async () => {
    const { most } = await check(Array(400).fill(5_000), '127.0.0.1')
    assert.ok(most <= 4, `${most}`)
  })

  it('is compressed when it is large and goes far', async () => {
    const large = Array(50).fill(5_000)
    assert.equal((await check(large, '10.0.0.1', 'gzip')).compressed, true)
    assert.equal((await check([100], '10.0.0.1', 'gzip')).compressed, false)
    assert.equal((await check(large, '127.0.0.1', 'gzip')).compressed, false)
  })
})
