import assert from 'node:assert/strict'
import type { KubernetesObject } from '../api/object.ts'
import type { Pod } from '../api/types.ts'
import { lineText } from './line.ts'
import { Recorder } from './recorder.ts'
import type { Line } from './recording.ts'
import { Redaction } from './redaction.ts'
import { header, podAt } from './testing/stories.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

const secret = (more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'default', resourceVersion: '3' },
  data: { password: 'c2VzYW1l' },
  ...more,
})
const annotated = (applied: unknown): KubernetesObject => ({
  ...podAt('a', 3),
  metadata: {
    name: 'a',
    resourceVersion: '3',
    annotations: {
      note: 'stays',
      [lastApplied]: typeof applied === 'string' ? applied : JSON.stringify(applied),
    },
  },
})
const lines = (object: KubernetesObject): Line[] => [
  header,
  { type: 'KEYFRAME', revision: 3, at: '', objects: [podAt('b', 1), object] },
  { type: 'PUT', revision: 3, at: '', object },
  { type: 'DELETE', revision: 4, at: '', object },
]
const recorded = (object: KubernetesObject, redaction = new Redaction()): string => {
  const recorder = new Recorder({ redaction, every: 1 })
  return lines(object)
    .flatMap((line) => recorder.lines(line))
    .map(lineText)
    .join('\n')
}

describe('what never gets into a recording', () => {
  it('is a Secret, whatever its group or spelling', () => {
    for (const more of [
      {},
      { kind: 'SecretList', items: [secret()] },
      { kind: 'secret' },
      { apiVersion: 'vault.example.com/v1' },
    ]) {
      const text = recorded(secret(more))
      assert.doesNotMatch(text, /c2VzYW1l/)
      assert.match(text, /"b"/)
    }
  })

  it('is the resource of Secrets in the header', () => {
    const line = new Redaction().line({ ...header, resources: ['pods', 'secrets', 'secrets.x.y'] })
    assert.deepEqual(line?.type === 'HEADER' && line.resources, ['pods'])
  })

  it('is what was applied where that is, or holds, a Secret, or cannot be read', () => {
    for (const applied of [
      secret(),
      { apiVersion: 'v1', kind: 'List', items: [podAt('x', 1), secret()] },
      { apiVersion: 'x/v1', kind: 'Bundle', spec: { manifests: [{ deep: secret() }] } },
      '{"password":"c2VzYW1l"',
    ]) {
      const text = recorded(annotated(applied))
      assert.doesNotMatch(text, /c2VzYW1l/)
      assert.match(text, /stays/)
    }
  })

  it('is nothing else: what was applied of other objects stays, references to Secrets too', () => {
    const applied = { ...podAt('a', 1), spec: { ref: { kind: 'Secret', name: 'tls' } } }
    assert.match(recorded(annotated(applied)), /tls/)
  })

  it('does not change what was handed in', () => {
    const object = annotated(secret())
    const before = structuredClone(object)
    new Redaction({ env: true }).object(object)
    assert.deepEqual(object, before)
  })

  it('is found in objects as deep as nobody makes them, without a stack overflow', () => {
    let deep: unknown = secret()
    for (let at = 0; at < 2000; at++) deep = { deep }
    assert.doesNotMatch(recorded(annotated(JSON.stringify(deep))), /c2VzYW1l/)
    assert.ok(new Redaction({ env: true }).object({ ...podAt('a', 1), spec: deep }))
  })

  it('keeps what is called like parts of every object apart', () => {
    const hostile = JSON.parse(
      `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","resourceVersion":"1","annotations":{"__proto__":"x"}},"spec":{"__proto__":{"env":[{"name":"A","value":"c2VzYW1l"}]}}}`,
    ) as KubernetesObject
    const told = new Redaction({ env: true }).object(hostile)
    assert.doesNotMatch(JSON.stringify(told), /c2VzYW1l/)
    assert.match(JSON.stringify(told), /"__proto__":\{"env"/)
  })
})

describe('values of environment variables', () => {
  const variables = (...values: unknown[]) =>
    podAt('a', 3, {
      spec: {
        containers: [
          { name: 'main', args: ['stay'], env: values.map((value) => ({ name: 'A', value })) },
        ],
      },
    })

  it('stay, unless they are to be blanked', () => {
    assert.match(recorded(variables('sesame')), /sesame/)
  })

  it('are blanked wherever they stand, and told apart all the same', () => {
    const redaction = new Redaction({ env: true })
    const values = ['sesame', 'other', 'sesame', '', 7]
    const told = redaction.object(variables(...values)) as unknown as Pod
    assert.deepEqual(
      told.spec?.containers[0]?.env?.map(({ value }) => value),
      ['redacted-1', 'redacted-2', 'redacted-1', '', 'redacted-3'],
    )
    const template = { spec: { template: { spec: variables('sesame').spec } } }
    assert.doesNotMatch(recorded(podAt('a', 3, template), redaction), /sesame/)
    assert.match(recorded(podAt('a', 3, template), redaction), /redacted-1.*stay|stay.*redacted-1/)
    assert.doesNotMatch(recorded(annotated(variables('sesame')), redaction), /sesame/)
  })

  it('leave what they are taken from', () => {
    const valueFrom = { secretKeyRef: { name: 's', key: 'k' } }
    const object = podAt('a', 3, { spec: { containers: [{ env: [{ name: 'A', valueFrom }] }] } })
    assert.deepEqual(new Redaction({ env: true }).object(object), object)
  })
})
