import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { Lineage } from '../../api/lineage.ts'
import { Past } from '../../history/past.ts'
import { lineageLines } from './chain.ts'
import { textOf } from './line.ts'

const subject = { resource: 'pods', group: '', namespace: 'default', name: 'web' }
const lineage: Lineage = {
  links: [
    {
      object: { ...subject, resourceVersion: '7' },
      kind: 'Pod',
      type: 'created',
      changed: [],
      because: [],
    },
  ],
  end: 'edge',
  edge: { revision: 4 },
}

/** Answers by path; everything else is not there. */
function server(answers: Record<string, object | string | number>) {
  const asked: string[] = []
  const answer = (path: string) => {
    asked.push(path)
    const found = answers[path.split('?')[0] ?? '']
    if (typeof found === 'string') return { status: 200, body: found }
    return typeof found === 'object'
      ? { status: 200, body: JSON.stringify(found) }
      : { status: found ?? 404, body: JSON.stringify({ kind: 'Status', message: 'no' }) }
  }
  const past = new Past({
    request: async ({ path }) => ({ headers: {}, ...answer(path) }),
    open: async ({ path }) => {
      const { status, body } = answer(path)
      return { headers: {}, status, stream: Readable.from([Buffer.from(body)]) as never }
    },
  })
  return { past, asked }
}

describe('the past as a server tells it', () => {
  it('is asked for once whether it is told at all', async () => {
    const { past, asked } = server({ '/tiphys/v1/edge': { revision: 4 } })
    assert.deepEqual(await past.edge(), { revision: 4 })
    await past.edge()
    assert.equal(asked.length, 1)
  })

  it('is not there on another server, or for one who may not ask', async () => {
    for (const status of [401, 403, 404]) {
      const { past, asked } = server({ '/tiphys/v1/edge': status })
      assert.equal(await past.why(subject), undefined)
      assert.equal(await past.recording({ namespace: 'default' }), undefined)
      assert.deepEqual(asked, ['/tiphys/v1/edge'])
    }
  })

  it('is no matter of guessing when the server fails', async () => {
    await assert.rejects(server({ '/tiphys/v1/edge': 500 }).past.why(subject), /no/)
  })

  it('tells why something was written, in lines, or that nothing is kept of it', async () => {
    const edge = { '/tiphys/v1/edge': { revision: 4 } }
    const { past, asked } = server({ ...edge, '/tiphys/v1/why': lineage })
    const lines = await lineageLines({ past }, subject, { now: 0, revision: 9 })
    assert.equal(asked[1], '/tiphys/v1/why?resource=pods&namespace=default&name=web&revision=9')
    assert.deepEqual(lines?.map(textOf), [
      'Pod web created r7',
      'Why that was is kept no longer: history begins at r4.',
    ])
    assert.equal(await server(edge).past.why(subject), undefined)
  })

  it('gives a recording as it comes, and the refusal of one in words', async () => {
    const edge = { '/tiphys/v1/edge': { revision: 4 } }
    const { past, asked } = server({ ...edge, '/tiphys/v1/recording': { type: 'HEADER' } })
    const stream = await past.recording({ namespace: 'n', resources: ['pods', 'a.b'], from: 5 })
    assert.equal(Buffer.concat(await stream!.toArray()).toString(), '{"type":"HEADER"}')
    assert.equal(asked[1], '/tiphys/v1/recording?namespace=n&from=5&resources=pods%2Ca.b')
    const gone = server({ ...edge, '/tiphys/v1/recording': 410 })
    await assert.rejects(gone.past.recording({ namespace: 'n' }), { code: 410 })
  })

  it('tells the last lines that a container wrote up to a time', async () => {
    const lines = [1, 4, 5, 9].map((n) => `2026-01-01T00:00:0${n}.000000000Z line ${n}`)
    const { past, asked } = server({ '/tiphys/v1/log': `${lines.join('\n')}\n` })
    const container = { namespace: 'n', pod: 'p', uid: 'u', container: 'c' }
    const until = Date.parse('2026-01-01T00:00:05Z')
    const since = '2026-01-01T00:00:00Z'
    assert.deepEqual(await past.log(container, { since, until, lines: 2 }), ['line 4', 'line 5'])
    assert.match(asked[0] ?? '', /&container=c&sinceTime=2026-01-01T00%3A00%3A00Z$/)
    await assert.rejects(server({}).past.log(container, { until, lines: 2 }), { code: 404 })
  })
})
