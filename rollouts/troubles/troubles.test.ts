import assert from 'node:assert/strict'
import type { Event, Pod } from '../../api/types.ts'
import { explain } from '../explain.ts'
import { initPod, pod, type Sketch, snapshot, unscheduled, waiting } from '../testing/sketch.ts'

const explained = (pods: Partial<Pod>[], more: Sketch = {}) => explain(snapshot({ pods, ...more }))
const messages = ({ because }: ReturnType<typeof explain>) => because.map(({ message }) => message)

describe('an image that cannot be pulled', () => {
  const pulls = (message: string) => explained([waiting('ImagePullBackOff', message)])
  const cases: [what: string, said: string, words: RegExp, hopeless: boolean][] = [
    [
      'is not there',
      'Back-off pulling image "nope:1": ErrImagePull: rpc error: code = NotFound desc = failed to resolve reference "nope:1": nope:1: not found',
      /cannot be pulled: the registry has no such image \(/,
      true,
    ],
    [
      'may not be read',
      'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
      /the registry asks for credentials/,
      true,
    ],
    [
      'is in a registry without TLS',
      'failed to do request: Head "https://10.0.0.1:5000/v2/": http: server gave HTTP response to HTTPS client',
      /plain HTTP/,
      true,
    ],
    [
      'is for another platform',
      'no match for platform in manifest: not found',
      /not found|no such image|platform/,
      true,
    ],
    [
      'is in a registry that is not reached',
      'failed to do request: dial tcp: lookup registry.example on 10.96.0.10:53: no such host',
      /cannot be reached/,
      false,
    ],
    ['is refused for an unknown reason', 'something else', /cannot be pulled \(/, true],
  ]
  for (const [what, said, words, hopeless] of cases)
    it(`because it ${what}`, () => {
      const explanation = pulls(said)
      assert.equal(explanation.code, 'image')
      assert.match(explanation.verdict, words)
      assert.equal(explanation.hopeless, hopeless)
    })

  it('is not judged by its own name', () => {
    const named = pod(
      { waiting: { reason: 'ErrImagePull', message: 'pulling "denied/404:1": no route to host' } },
      {},
      { containers: [{ name: 'app', image: 'denied/404:1' }] },
    )
    assert.match(explained([named]).verdict, /cannot be reached/)
  })

  it('is told in the same words while it is pulled and while it waits', () => {
    const failure = 'failed to resolve reference: not found'
    const pulling = explained([waiting('ErrImagePull', failure)])
    const backing = pulls(`Back-off pulling image "nope:1": ErrImagePull: ${failure}`)
    assert.equal(pulling.verdict, backing.verdict)
  })

  it('is waited for where the registry is unavailable, not where the policy is Never', () => {
    assert.equal(explained([waiting('RegistryUnavailable')]).hopeless, false)
    assert.equal(explained([waiting('ErrImageNeverPull')]).hopeless, true)
  })
})

describe('a configuration that lacks something', () => {
  const lacks = (message: string) =>
    explained([waiting('CreateContainerConfigError', message)]).next

  it('is told with what to create', () => {
    assert.equal(
      lacks('secret "login" not found'),
      'Create the Secret "login" in namespace "default"; it is tried again.',
    )
    assert.equal(
      lacks("couldn't find key url in ConfigMap default/settings"),
      'Create the key "url" in the ConfigMap default/settings; it is tried again.',
    )
  })

  it('is told in general when its words are not known', () => {
    assert.match(lacks('something is missing'), /^Create the ConfigMap or Secret, or the key,/)
  })
})

describe('a container that ends', () => {
  const crashed = (restartCount: number, ended: object, uid = 'p') => ({
    metadata: { name: 'web-x', uid },
    ...pod(
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
      { restartCount, lastState: { terminated: { exitCode: 1, ...ended } } },
    ),
  })

  it('is told with the signal that ended it', () => {
    const verdict = (ended: object) => explained([crashed(4, ended)]).verdict
    assert.match(verdict({ exitCode: 139 }), /exits with code 139 \(Error, SIGSEGV\)/)
    assert.match(verdict({ exitCode: 0, signal: 15 }), /code 0 \(Error, SIGTERM\)/)
  })

  it('is told without one where it chose its code, or the runtime knows better', () => {
    const verdict = (ended: object) => explained([crashed(4, ended)]).verdict
    assert.match(verdict({ exitCode: 3 }), /exits with code 3 \(Error\)/)
    assert.match(verdict({ exitCode: 137, reason: 'OOMKilled' }), /code 137 \(OOMKilled\)/)
  })

  it('is given up at the third end, and how often it was is no part of the verdict', () => {
    const [once, twice, thrice] = [0, 1, 2].map((count) => explained([crashed(count, {})]))
    assert.deepEqual([once?.hopeless, twice?.hopeless, thrice?.hopeless], [false, false, true])
    assert.equal(once?.verdict, thrice?.verdict)
    assert.ok(messages(twice!).includes('1 restart; given up after 3 ends'))
    assert.ok(messages(thrice!).includes('2 restarts'))
  })

  it('is told with its last ten lines, if they are its own', () => {
    const lines = Array.from({ length: 12 }, (_, n) => `line ${n}`)
    const told = (uid: string, container: string) =>
      messages(explained([crashed(4, {})], { logs: [{ uid, container, lines }] }))
    assert.equal(told('p', 'app').at(-1), lines.slice(2).join('\n'))
    assert.ok(!told('other', 'app').some((text) => text.includes('line 11')))
    assert.ok(!told('p', 'sidecar').some((text) => text.includes('line 11')))
  })
})

describe('an init container at work', () => {
  it('is told with how long it has run, where time is known', () => {
    const startedAt = '2026-01-01T00:00:00Z'
    const now = Date.parse('2026-01-01T00:01:30Z')
    const running = initPod({ running: { startedAt } })
    assert.deepEqual(messages(explained([running], { now })), ['runs since 90 s'])
    assert.deepEqual(messages(explained([running])), ['init container "setup" has not finished'])
  })
})

describe('a pod that is not ready', () => {
  const probed = {
    metadata: { name: 'web-x', uid: 'p' },
    ...pod(
      { running: {} },
      { started: true },
      { containers: [{ name: 'app', image: 'i', readinessProbe: { failureThreshold: 5 } }] },
    ),
  }
  const unhealthy = (message: string, change: Partial<Event> = {}): Event => ({
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', uid: 'p', fieldPath: 'spec.containers{app}' },
    reason: 'Unhealthy',
    message,
    count: 4,
    lastTimestamp: '2026-01-01T00:00:00Z',
    ...change,
  })
  const told = (...events: Event[]) => messages(explained([probed], { events })).at(-1)

  it('is told with what its probe was answered last, and how often', () => {
    const older = unhealthy('Readiness probe failed: old', {
      lastTimestamp: '2025-12-31T23:00:00Z',
    })
    assert.equal(
      told(older, unhealthy('Readiness probe failed: HTTP probe failed with statuscode: 503')),
      'Readiness probe failed: HTTP probe failed with statuscode: 503 (failures 4/5)',
    )
  })

  it('is told without the answers of others, or of another probe', () => {
    const others = [
      unhealthy('Readiness probe failed: no', { involvedObject: { uid: 'q' } }),
      unhealthy('Liveness probe failed: no'),
      unhealthy('Readiness probe failed: no', {
        involvedObject: { uid: 'p', fieldPath: 'spec.containers{sidecar}' },
      }),
    ]
    assert.doesNotMatch(told(...others) ?? '', /probe failed/)
  })
})

describe('a pod that no node takes', () => {
  it('is told by what nodes lack, most nodes first', () => {
    const because = messages(
      explained(
        [
          unscheduled(
            '0/5 nodes are available: 1 Insufficient cpu, 3 node(s) had untolerated taint {a: b, c}, 1 node(s) were unschedulable. preemption: 0/5 nodes are available: 5 x.',
          ),
        ],
        { spec: { replicas: 4 } },
      ),
    )
    assert.deepEqual(because.slice(1), [
      '3 of 5 nodes: had untolerated taint {a: b, c}',
      '1 of 5 nodes: Insufficient cpu',
      '1 of 5 nodes: were unschedulable',
    ])
  })

  it('is told once where one reason holds for all', () => {
    const one = '0/2 nodes are available: 2 Insufficient cpu.'
    assert.deepEqual(messages(explained([unscheduled(one)], { spec: { replicas: 4 } })), [one])
  })
})
