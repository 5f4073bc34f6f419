import assert from 'node:assert/strict'
import type { Namespace } from '../../../api/types.ts'
import { created, row, told, updated } from '../examples.ts'
import { namespaces } from './namespace.ts'

const namespace = (more: Partial<Namespace> = {}): Namespace => ({
  metadata: { name: 'a' },
  ...more,
})

describe('namespaces', () => {
  it('begin active, and go only when their content is gone', () => {
    const object = namespace({ status: { phase: 'Terminating' } })
    assert.deepEqual(created(namespaces, object), [])
    assert.deepEqual(object, {
      metadata: { name: 'a', labels: { 'kubernetes.io/metadata.name': 'a' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })

  it('keep finalizers of others, where these are well named', () => {
    const object = namespace({ spec: { finalizers: ['example.com/a'] } })
    assert.deepEqual(created(namespaces, object), [])
    assert.deepEqual(object.spec?.finalizers, ['example.com/a', 'kubernetes'])
    assert.deepEqual(created(namespaces, namespace({ spec: { finalizers: ['mine'] } })), [
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ])
  })

  it('keep specification and status from who changes labels', () => {
    const old = namespace()
    created(namespaces, old)
    const now = namespace({ spec: { finalizers: [] }, status: { phase: 'Terminating' } })
    assert.deepEqual(updated(namespaces, now, old), [])
    assert.deepEqual([now.spec, now.status], [old.spec, old.status])
  })

  it('are terminating exactly while they are being deleted', () => {
    const report = (phase: string, deletionTimestamp?: string) =>
      told(
        namespaces.strategy.validateStatusUpdate?.(
          { metadata: { ...(deletionTimestamp && { deletionTimestamp }) }, status: { phase } },
          { metadata: {} },
        ) ?? [],
      )
    assert.deepEqual(report('Active'), [])
    assert.deepEqual(report('Terminating', '2026-01-01T00:00:00Z'), [])
    assert.deepEqual(report('Terminating'), [
      `status.Phase: Invalid value: "Terminating": may only be 'Active' if \`deletionTimestamp\` is empty`,
    ])
    assert.deepEqual(report('Active', '2026-01-01T00:00:00Z'), [
      `status.Phase: Invalid value: "Active": may only be 'Terminating' if \`deletionTimestamp\` is not empty`,
    ])
  })

  it('have labels for names', () => {
    assert.deepEqual(namespaces.validateName?.('a-b', false), [])
    assert.deepEqual(namespaces.validateName?.('a.b', false), ['must not contain dots'])
  })

  it('read as rows', () =>
    assert.deepEqual(row(namespaces, namespace({ status: { phase: 'Active' } }), 0), [
      'a',
      'Active',
      '<unknown>',
    ]))
})
