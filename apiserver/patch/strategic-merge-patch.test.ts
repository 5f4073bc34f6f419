import assert from 'node:assert/strict'
import fc from 'fast-check'
import { StatusError } from '../http/status.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

const deployment = 'io.k8s.api.apps.v1.Deployment'
const pod = 'io.k8s.api.core.v1.Pod'
const service = 'io.k8s.api.core.v1.Service'

const live = () => ({
  metadata: { name: 'web', labels: { app: 'web', tier: 'front' }, finalizers: ['a', 'b'] },
  spec: {
    replicas: 3,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx:1',
            args: ['-a', '-b'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
            ports: [
              { containerPort: 80, protocol: 'TCP' },
              { containerPort: 443, protocol: 'TCP' },
            ],
          },
          { name: 'sidecar', image: 'envoy:1' },
        ],
        tolerations: [{ key: 'a', operator: 'Exists' }],
        volumes: [{ name: 'data', emptyDir: { medium: 'Memory' } }],
      },
    },
  },
})

type Live = ReturnType<typeof live>
const patched = (patch: object) => applyStrategicMergePatch(live(), patch, deployment) as Live
const template = (spec: object) => ({ spec: { template: { spec } } })
const refusal = (code: number) => (error: unknown) =>
  error instanceof StatusError && error.code === code

interface Item {
  name: string
  [field: string]: string | null
}

/** The rules for keyed lists, one after the other, each as literally as can be. */
function reference(live: Item[], changes: Item[], deleted: string[], order: string[] | undefined) {
  const base = live.filter(({ name }) => !deleted.includes(name))
  const merged = base.map((item) => ({ ...item }))
  for (const change of changes) {
    const at = merged.findIndex(({ name }) => name === change.name)
    const target: Item = at < 0 ? { name: change.name } : merged[at]!
    for (const [key, value] of Object.entries(change))
      if (value === null) delete target[key]
      else target[key] = value
    if (at < 0) merged.push(target)
  }
  const named = order ?? changes.map(({ name }) => name)
  const left = merged.filter(({ name }) => !named.includes(name))
  const right = named.flatMap((name) => merged.filter((item) => item.name === name))
  const place = ({ name }: Item) => live.findIndex((item) => item.name === name)
  left.sort((a, b) => place(a) - place(b))
  const result: Item[] = []
  while (left.length > 0 || right.length > 0) {
    const [l, r] = [left[0], right[0]]
    const before = l && r && place(l) >= 0 && place(r) >= 0 && place(l) < place(r)
    result.push((r === undefined || before ? left.shift() : right.shift())!)
  }
  return result
}

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const items = (field: fc.Arbitrary<string | null>) =>
  fc
    .tuple(fc.shuffledSubarray(names), fc.array(field, { minLength: 6, maxLength: 6 }))
    .map(([chosen, values]) => chosen.map((name, at): Item => ({ name, image: values[at]! })))

describe('strategic merge patch', () => {
  it('merges keyed lists as the rules, carried out literally, say', () => {
    fc.assert(
      fc.property(
        items(fc.constantFrom('1', '2')),
        items(fc.constantFrom('3', null)),
        fc.subarray(names),
        fc.shuffledSubarray(names),
        fc.boolean(),
        (containers, changes, others, extra, withOrder) => {
          const deleted = others.filter((name) => !changes.some((change) => change.name === name))
          const order = withOrder
            ? [
                ...changes.map(({ name }) => name),
                ...extra.filter(
                  (name) =>
                    !deleted.includes(name) && !changes.some((change) => change.name === name),
                ),
              ]
            : undefined
          const patch = {
            ...(order && { '$setElementOrder/containers': order.map((name) => ({ name })) }),
            containers: [...changes, ...deleted.map((name) => ({ $patch: 'delete', name }))],
          }
          const result = applyStrategicMergePatch({ spec: { containers } }, { spec: patch }, pod)
          assert.deepEqual(result, {
            spec: { containers: reference(containers, changes, deleted, order) },
          })
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('sets an image as kubectl does, leaving the other container alone', () => {
    const result = patched(
      template({
        '$setElementOrder/containers': [{ name: 'web' }, { name: 'sidecar' }],
        containers: [{ image: 'nginx:2', name: 'web' }],
      }),
    )
    const expected = live()
    expected.spec.template.spec.containers[0]!.image = 'nginx:2'
    assert.deepEqual(result, expected)
  })

  it('removes a container, a port and an env variable as kubectl apply does', () => {
    const result = patched(
      template({
        '$setElementOrder/containers': [{ name: 'web' }],
        containers: [
          {
            '$setElementOrder/env': [{ name: 'B' }],
            '$setElementOrder/ports': [{ containerPort: 443 }],
            name: 'web',
            env: [{ $patch: 'delete', name: 'A' }],
            ports: [{ $patch: 'delete', containerPort: 80 }],
          },
          { $patch: 'delete', name: 'sidecar' },
        ],
      }),
    )
    assert.deepEqual(result.spec.template.spec.containers, [
      {
        name: 'web',
        image: 'nginx:1',
        args: ['-a', '-b'],
        env: [{ name: 'B', value: '2' }],
        ports: [{ containerPort: 443, protocol: 'TCP' }],
      },
    ])
  })

  it('puts a new container where $setElementOrder says', () => {
    const names = (order: string[]) =>
      patched(
        template({
          '$setElementOrder/containers': order.map((name) => ({ name })),
          containers: [{ name: 'init', image: 'i' }],
        }),
      ).spec.template.spec.containers.map(({ name }) => name)
    assert.deepEqual(names(['init', 'web', 'sidecar']), ['init', 'web', 'sidecar'])
    assert.deepEqual(names(['sidecar', 'init', 'web']), ['sidecar', 'init', 'web'])
    assert.deepEqual(names(['web', 'init']), ['web', 'init', 'sidecar'])
  })

  it('keeps what only the server has between its live neighbours', () => {
    const containers = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
    const result = applyStrategicMergePatch(
      { spec: { containers } },
      {
        spec: {
          '$setElementOrder/containers': [{ name: 'c' }, { name: 'x' }, { name: 'a' }],
          containers: [{ name: 'x' }],
        },
      },
      pod,
    ) as { spec: { containers: { name: string }[] } }
    assert.deepEqual(
      result.spec.containers.map(({ name }) => name),
      ['b', 'c', 'x', 'a', 'd'],
    )
  })

  it('puts what is new first where the patch gives no order', () => {
    const result = patched(template({ containers: [{ name: 'new', image: 'n', command: null }] }))
    assert.deepEqual(result.spec.template.spec.containers[0], { name: 'new', image: 'n' })
    assert.equal(result.spec.template.spec.containers.length, 3)
  })

  it('replaces lists that have no merge strategy', () => {
    const result = patched(
      template({ tolerations: [{ key: 'b' }], containers: [{ name: 'web', args: ['-c'] }] }),
    )
    assert.deepEqual(result.spec.template.spec.tolerations, [{ key: 'b' }])
    assert.deepEqual(result.spec.template.spec.containers[0]!.args, ['-c'])
  })

  it('retains only the listed keys', () => {
    const strategy = patched({
      spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    }).spec.strategy
    assert.deepEqual(strategy, { type: 'Recreate' })
    const { volumes } = patched(
      template({
        volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'data', hostPath: { path: '/d' } }],
      }),
    ).spec.template.spec
    assert.deepEqual(volumes, [{ name: 'data', hostPath: { path: '/d' } }])
  })

  it('refuses a key beside $retainKeys that is not listed', () => {
    assert.throws(
      () => patched({ spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } }),
      refusal(422),
    )
  })

  it('replaces and empties maps, and replaces lists, by directive', () => {
    assert.deepEqual(
      patched({ metadata: { labels: { $patch: 'replace', only: 'x' } } }).metadata.labels,
      {
        only: 'x',
      },
    )
    assert.deepEqual(patched({ spec: { strategy: { $patch: 'delete' } } }).spec.strategy, {})
    assert.deepEqual(
      patched(template({ containers: [{ $patch: 'replace' }, { name: 'only' }] })).spec.template
        .spec.containers,
      [{ name: 'only' }],
    )
  })

  it('adds to and deletes from lists of primitives', () => {
    assert.deepEqual(patched({ metadata: { finalizers: ['c', 'a'] } }).metadata.finalizers, [
      'c',
      'a',
      'b',
    ])
    assert.deepEqual(
      patched({
        metadata: {
          '$deleteFromPrimitiveList/finalizers': ['a'],
          '$setElementOrder/finalizers': ['b'],
        },
      }).metadata.finalizers,
      ['b'],
    )
  })

  it('removes by null and keeps directives and nulls out of what it adds', () => {
    const result = patched({
      metadata: { labels: { tier: null, absent: null }, annotations: { a: 'b', c: null } },
    })
    assert.deepEqual(result.metadata, {
      name: 'web',
      labels: { app: 'web' },
      finalizers: ['a', 'b'],
      annotations: { a: 'b' },
    })
  })

  it('merges service ports by port', () => {
    const ports = [{ port: 80, nodePort: 30000 }, { port: 443 }]
    assert.deepEqual(
      applyStrategicMergePatch(
        { spec: { ports } },
        {
          spec: {
            '$setElementOrder/ports': [{ port: 80 }, { port: 443 }],
            ports: [{ port: 443, name: 's' }],
          },
        },
        service,
      ),
      {
        spec: {
          ports: [
            { port: 80, nodePort: 30000 },
            { port: 443, name: 's' },
          ],
        },
      },
    )
  })

  it('refuses items without their merge key, unknown directives and an order that contradicts', () => {
    assert.throws(() => patched(template({ containers: [{ image: 'x' }] })), refusal(500))
    assert.throws(
      () => patched({ spec: { $patch: 'wipe' } }),
      /^StatusError: unknown patch type: wipe in map: map\[\$patch:wipe\]$/,
    )
    assert.throws(
      () =>
        patched(
          template({
            '$setElementOrder/containers': [{ name: 'sidecar' }],
            containers: [{ name: 'web' }],
          }),
        ),
      refusal(400),
    )
    assert.throws(() => applyStrategicMergePatch({}, [], pod), refusal(400))
  })

  it('leaves its inputs alone and shares nothing with them', () => {
    const target = live()
    const patch = template({
      '$setElementOrder/containers': [{ name: 'web' }],
      containers: [{ name: 'web', env: [{ name: 'C', value: '3' }] }],
    })
    const before = JSON.stringify([target, patch])
    const result = applyStrategicMergePatch(target, patch, deployment) as Live
    result.spec.template.spec.containers[0]!.env!.push({ name: 'D', value: '4' })
    result.metadata.labels.app = 'changed'
    assert.equal(JSON.stringify([target, patch]), before)
  })

  it('changes no prototype', () => {
    const patch = JSON.parse(
      '{"metadata":{"annotations":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}},"constructor":{"prototype":{"polluted":true}}}',
    )
    const result = applyStrategicMergePatch(live(), patch, deployment)
    assert.equal((result as { polluted?: boolean }).polluted, undefined)
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
    assert.equal(Object.getPrototypeOf(result), Object.prototype)
  })

  it('merges long lists in less than quadratic time', () => {
    const env = Array.from({ length: 20_000 }, (_, at) => ({ name: `N${at}`, value: 'x' }))
    const start = process.hrtime.bigint()
    applyStrategicMergePatch(
      { spec: { containers: [{ name: 'c', env }] } },
      { spec: { containers: [{ name: 'c', env: env.map(({ name }) => ({ name, value: 'y' })) }] } },
      pod,
    )
    assert.ok(Number(process.hrtime.bigint() - start) < 2e9)
  })
})
