import assert from 'node:assert/strict'
import { decodeObject } from './decode.ts'
import { definitionOfKind } from './schema.ts'
import { validateStructure } from './validate-structure.ts'

function errors(group: string, version: string, kind: string, object: object): string[] {
  const schema = definitionOfKind({ group, version, kind })!
  const decoded = decodeObject(object, { group, version, kind, schema }).object
  return validateStructure(decoded, schema).map(({ field, message }) => `${field}: ${message}`)
}

describe('structural validation', () => {
  it('asks for what is required, empty or absent', () => {
    assert.deepEqual(errors('apps', 'v1', 'Deployment', {}), [
      'spec.selector: Required value',
      'spec.template.spec.containers: Required value',
    ])
    assert.deepEqual(
      errors('', 'v1', 'Pod', {
        spec: {
          containers: [{ image: 'x', env: [{ value: 'y' }], volumeMounts: [{ name: 'v' }] }],
        },
      }),
      [
        'spec.containers[0].name: Required value',
        'spec.containers[0].env[0].name: Required value',
        'spec.containers[0].volumeMounts[0].mountPath: Required value',
      ],
    )
  })

  it('tells the supported values', () => {
    assert.deepEqual(
      errors('', 'v1', 'Pod', {
        spec: { restartPolicy: 'Maybe', containers: [{ name: 'c', imagePullPolicy: 'Sometimes' }] },
      }),
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
        'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
      ],
    )
  })

  it('lets pass what the API lets pass, and looks into no status', () => {
    assert.deepEqual(errors('rbac.authorization.k8s.io', 'v1', 'Role', {}), [])
    assert.deepEqual(
      errors('', 'v1', 'Pod', {
        spec: {
          containers: [
            { name: 'c', livenessProbe: { httpGet: { port: 1, httpHeaders: [{ name: 'h' }] } } },
          ],
        },
        status: { phase: 'Odd', conditions: [{}] },
      }),
      [],
    )
  })
})
