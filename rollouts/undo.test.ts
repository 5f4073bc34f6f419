import assert from 'node:assert/strict'
import type { Deployment, ReplicaSet } from '../api/types.ts'
import { changeCause } from './history.ts'
import { revisionAnnotation } from './revision.ts'
import { templateHashLabel } from './template.ts'
import { owned, templateOf } from './testing/sketch.ts'
import { UndoError, undoOf } from './undo.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

const set = (revision: number, image: string, annotations = {}): ReplicaSet => {
  const template = templateOf(`web:${image}`)
  const labels = { ...template.metadata?.labels, [templateHashLabel]: `hash${image}` }
  return {
    metadata: {
      name: `web-${image}`,
      labels,
      annotations: { [revisionAnnotation]: String(revision), ...annotations },
      ...owned('Deployment', 'd'),
    },
    spec: { selector: {}, template: { ...template, metadata: { labels } } },
  }
}
const deployment = (annotations = {}, more: object = {}, spec: object = {}): Deployment => ({
  metadata: {
    name: 'web',
    uid: 'd',
    resourceVersion: '7',
    annotations: { [revisionAnnotation]: '3', ...annotations },
    ...more,
  },
  spec: { selector: {}, template: templateOf('web:c'), ...spec },
})
const sets = [set(1, 'a'), set(2, 'b', { team: 'x' }), set(3, 'c')]
const fails = (task: () => unknown, words: RegExp) =>
  assert.throws(task, (error: Error) => error instanceof UndoError && words.test(error.message))

describe('undoing a rollout', () => {
  it('goes to the revision before the present one, and names it', () => {
    const { target, changes, cause } = undoOf(deployment(), sets)
    assert.deepEqual([target.hash, target.revision], ['hashb', 2])
    assert.equal(cause, 'undo to hashb (image web c -> b)')
    assert.deepEqual(changes, [
      { path: 'spec.containers[app].image', before: 'web:c', after: 'web:b' },
    ])
  })

  it('goes to a revision or to the beginning of a hash', () => {
    assert.equal(undoOf(deployment(), sets, '1').target.hash, 'hasha')
    assert.equal(undoOf(deployment(), sets, 'hasha').target.revision, 1)
    fails(() => undoOf(deployment(), sets, 'hash'), /several templates; there are: hashc/)
    fails(() => undoOf(deployment(), sets, '9'), /no revision and no template/)
  })

  it('writes template and annotations of then, keeps what is of the deployment alone', () => {
    const applied = { [lastApplied]: '{}', gone: 'soon' }
    const { operations } = undoOf(deployment(applied), sets)
    assert.deepEqual(operations, [
      { op: 'replace', path: '/spec/template', value: templateOf('web:b') },
      {
        op: 'replace',
        path: '/metadata/annotations',
        value: {
          team: 'x',
          [revisionAnnotation]: '3',
          [lastApplied]: '{}',
          [changeCause]: 'undo to hashb (image web c -> b)',
        },
      },
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    ])
  })

  it('warns when the applied file, an applier or helm would bring the template back', () => {
    const file = JSON.stringify({ spec: { template: templateOf('web:c') } })
    const managedFields = [
      {
        manager: 'flux',
        operation: 'Apply',
        time: '2026-01-01T00:00:00Z',
        fieldsV1: { 'f:spec': { 'f:template': {} } },
      },
    ]
    const annotations = { [lastApplied]: file, 'meta.helm.sh/release-name': 'shop' }
    const { warnings } = undoOf(deployment(annotations, { managedFields }), sets)
    assert.equal(warnings.length, 3)
    assert.match(warnings[0] ?? '', /says spec\.containers\[app\]\.image = "web:c"/)
    assert.match(warnings[1] ?? '', /"flux" applies this template/)
    assert.match(warnings[2] ?? '', /Helm's release "shop"/)
  })

  it('does not warn of a file that says what is gone back to, or nothing of it', () => {
    for (const template of [templateOf('web:b'), { spec: {} }]) {
      const file = JSON.stringify({ spec: { template } })
      assert.deepEqual(undoOf(deployment({ [lastApplied]: file }), sets).warnings, [])
    }
    assert.deepEqual(undoOf(deployment({ [lastApplied]: 'not json' }), sets).warnings, [])
  })

  it('does not warn of a quantity that the file spells differently', () => {
    const limited = (cpu: unknown) => ({
      spec: { containers: [{ name: 'app', image: 'web:b', resources: { limits: { cpu } } }] },
    })
    const back = set(2, 'b')
    back.spec!.template = limited('2') as NonNullable<ReplicaSet['spec']>['template']
    const file = (cpu: unknown) => JSON.stringify({ spec: { template: limited(cpu) } })
    const warnings = (cpu: unknown) =>
      undoOf(deployment({ [lastApplied]: file(cpu) }), [back, set(3, 'c')]).warnings
    assert.deepEqual([warnings(2), warnings('2000m')], [[], []])
    assert.match(warnings('3')[0] ?? '', /resources\.limits\.cpu = "3"/)
  })

  it('is refused while paused, without an earlier revision, or when it is there already', () => {
    fails(() => undoOf(deployment({}, {}, { paused: true }), sets), /paused: resume it first/)
    fails(() => undoOf(deployment(), [set(3, 'c')]), /no earlier revision/)
    fails(() => undoOf(deployment(), sets, '3'), /already has the template hashc/)
  })
})
