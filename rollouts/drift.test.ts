import assert from 'node:assert/strict'
import type { Deployment } from '../api/types.ts'
import { driftOf } from './drift.ts'

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image }] },
})

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

const written = (manager: string, operation: string, time: string) => ({
  manager,
  operation,
  time,
  fieldsV1: { 'f:spec': { 'f:template': {} } },
})

const deployment = (metadata: object): Deployment => ({
  metadata: { name: 'web', ...metadata },
  spec: { selector: {}, template: template('web:1.3') },
})

describe('a template that somebody says otherwise than', () => {
  it('is named with what the applied file says', () => {
    const file = (image: string) => ({
      annotations: { [lastApplied]: JSON.stringify({ spec: { template: template(image) } }) },
    })
    assert.deepEqual(driftOf(deployment(file('web:1.3'))), [])
    const [warning] = driftOf(deployment(file('web:1.2')))
    assert.match(
      warning ?? '',
      /^The file that was applied says .*"web:1\.2": the next kubectl apply/,
    )
  })

  it('is named with who applied before somebody else wrote, and not with who applied last', () => {
    const managedFields = [
      written('argocd', 'Apply', '2026-01-01T00:00:00Z'),
      written('kubectl-set', 'Update', '2026-01-01T00:01:00Z'),
    ]
    assert.deepEqual(driftOf(deployment({ managedFields })), [
      '"argocd" applied this template before "kubectl-set" wrote into it: its next apply may bring that back.',
    ])
    const again = [...managedFields, written('argocd', 'Apply', '2026-01-01T00:02:00Z')]
    assert.deepEqual(driftOf(deployment({ managedFields: again })), [])
  })

  it('is not where nobody has said anything', () => {
    assert.deepEqual(driftOf(deployment({})), [])
  })
})
