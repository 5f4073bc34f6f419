import assert from 'node:assert/strict'
import { Pod } from '../../controllers/framework/index.ts'
import { readingAt } from './look.ts'
import type { Session } from './session.ts'

describe('what is read of the past', () => {
  const asked: unknown[] = []
  const session = {
    namespace: 'default',
    cluster: {
      list: async (_kind: unknown, options: unknown) => {
        asked.push(options)
        return { items: [{ metadata: { name: 'web-x', uid: 'u' } }], resourceVersion: '7' }
      },
    },
    past: {
      why: async (_subject: unknown, options: unknown) => void asked.push(options),
      log: async (...question: unknown[]) => {
        asked.push(...question)
        return ['line 4', 'line 5']
      },
    },
  }
  const { cluster, past } = readingAt(
    session as unknown as Session,
    7,
    Date.parse('2026-01-01T00:00:05Z'),
  )
  const exact = { resourceVersion: '7', resourceVersionMatch: 'Exact' }
  beforeEach(() => asked.splice(0))

  it('is all of one revision', async () => {
    const pod = await cluster.get(Pod, { namespace: 'default', name: 'web-x' })
    assert.equal(pod?.metadata.name, 'web-x')
    await cluster.list(Pod, { namespace: 'default', labelSelector: 'app=web' })
    const place = { ...exact, namespace: 'default' }
    assert.deepEqual(asked, [
      { ...place, fieldSelector: 'metadata.name=web-x' },
      { ...place, labelSelector: 'app=web' },
    ])
  })

  it('is of another one where that is asked for by name', async () => {
    await cluster.list(Pod, { resourceVersion: '5' })
    assert.deepEqual(asked, [{ ...exact, resourceVersion: '5' }])
  })

  it('is what containers had written by then', async () => {
    const pod = { namespace: 'default', name: 'web-x' }
    const log = await cluster.podLog(pod, { container: 'web', tailLines: 2 })
    assert.equal(log, 'line 4\nline 5')
    assert.deepEqual(asked.slice(1), [
      { namespace: 'default', pod: 'web-x', uid: 'u', container: 'web' },
      { until: Date.parse('2026-01-01T00:00:05Z'), lines: 2 },
    ])
  })

  it('tells why something was made, and not what was last written of it', async () => {
    const subject = { resource: 'pods', group: '', namespace: 'default', name: 'web-x' }
    await past.why(subject)
    await past.why(subject, { path: 'spec.template' })
    assert.deepEqual(asked, [
      { revision: 7, path: 'metadata.uid' },
      { revision: 7, path: 'spec.template' },
    ])
  })
})
