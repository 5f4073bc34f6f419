import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { type Cluster, ServiceAccount } from '../../controllers/framework/index.ts'
import { time } from '../../ports/clock.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { ServiceAccountTokens } from './pod-tokens.ts'

const pod: Pod = {
  metadata: { namespace: 'n', name: 'p', uid: 'u' },
  spec: { serviceAccountName: 'robot', containers: [] },
}

function setUp(answers: (count: number) => Error | undefined = () => undefined) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1))
  const asked: unknown[][] = []
  const changed: string[] = []
  const cluster = {
    async createSubresource(...request: unknown[]) {
      asked.push(request)
      const error = answers(asked.length)
      if (error) throw error
      const { spec } = request[3] as { spec: { expirationSeconds: number } }
      const expirationTimestamp = time(clock.now() + spec.expirationSeconds * 1000)
      return { status: { token: `token-${asked.length}`, expirationTimestamp } }
    },
  } as unknown as Cluster
  const tokens = new ServiceAccountTokens({
    cluster,
    clock,
    changed: (uids) => changed.push(...uids),
  })
  return { clock, asked, changed, tokens }
}

describe('tokens of pods', () => {
  it('are asked for as the pod, bound to it', async () => {
    const { asked, tokens } = setUp()
    assert.equal(await tokens.token(pod, { audience: 'vault', expirationSeconds: 700 }), 'token-1')
    assert.deepEqual(asked, [
      [
        ServiceAccount,
        { namespace: 'n', name: 'robot' },
        'token',
        {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            audiences: ['vault'],
            expirationSeconds: 700,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' },
          },
        },
      ],
    ])
  })

  it('are given again until four fifths of their life have passed, then replaced', async () => {
    const { clock, changed, tokens } = setUp()
    const wish = { expirationSeconds: 1000 }
    assert.equal(await tokens.token(pod, wish), 'token-1')
    await clock.advance(799_999)
    assert.equal(await tokens.token(pod, wish), 'token-1')
    assert.deepEqual(changed, [])
    await clock.advance(1)
    assert.deepEqual(changed, ['u'])
    assert.equal(await tokens.token(pod, wish), 'token-2')
  })

  it('are replaced every day, however long they live', async () => {
    const { clock, changed, tokens } = setUp()
    await tokens.token(pod, { expirationSeconds: 1_000_000 })
    await clock.advance(24 * 3_600_000)
    assert.deepEqual(changed, ['u'])
  })

  it('are kept while the server does not answer, as long as they hold', async () => {
    const { clock, changed, tokens } = setUp((count) =>
      count > 1 ? new Error('no answer') : undefined,
    )
    const wish = { expirationSeconds: 1000 }
    await tokens.token(pod, wish)
    await clock.advance(800_000)
    assert.equal(await tokens.token(pod, wish), 'token-1')
    changed.length = 0
    await clock.advance(10_000)
    assert.deepEqual(changed, ['u'])
    await clock.advance(190_000)
    await assert.rejects(tokens.token(pod, wish), /failed to fetch token: no answer/)
  })

  it('are forgotten with the pod', async () => {
    const { clock, changed, tokens } = setUp()
    await tokens.token(pod, { expirationSeconds: 1000 })
    tokens.release('u')
    await clock.advance(1_000_000)
    assert.deepEqual(changed, [])
    assert.equal(await tokens.token(pod, { expirationSeconds: 1000 }), 'token-2')
  })
})
