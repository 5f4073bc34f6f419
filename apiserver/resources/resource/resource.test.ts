import assert from 'node:assert/strict'
import { created, row, told, updated } from '../examples.ts'
import type { Resource } from '../resource.ts'
import { deviceClasses } from './device-class.ts'
import { resourceClaims } from './resource-claim.ts'
import { resourceClaimTemplates } from './resource-claim-template.ts'
import { resourceSlices } from './resource-slice.ts'

const metadata = { name: 'a', namespace: 'b' }
const claim = (devices: object) => ({ metadata, spec: { devices } })
const exactly = { deviceClassName: 'gpu' }
const slice = (more: object) => ({
  metadata: { name: 'a' },
  spec: { driver: 'd.io', pool: { name: 'p', resourceSliceCount: 1 }, nodeName: 'n', ...more },
})
const device = (more: object) => slice({ devices: [{ name: 'd', ...more }] })
const notARequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

const cases: [about: string, Resource, object: object, errors: string[]][] = [
  ['ask for a device', resourceClaims, claim({ requests: [{ name: 'r', exactly }] }), []],
  [
    'ask in one way, once each',
    resourceClaims,
    claim({
      requests: [
        { name: 'r' },
        { name: 'r', exactly: { ...exactly, allocationMode: 'All', count: 2 } },
        { name: 's', exactly: {}, firstAvailable: [{ name: 't', ...exactly }] },
      ],
    }),
    [
      'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
      `spec.devices.requests[1].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
      'spec.devices.requests[2]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      'spec.devices.requests[1]: Duplicate value: "r"',
    ],
  ],
  [
    'relate requests that there are',
    resourceClaims,
    claim({
      requests: [{ name: 'r', firstAvailable: [{ name: 's', ...exactly }] }],
      constraints: [{ requests: ['r/s', 'x'], matchAttribute: 'model' }, {}],
      config: [{ requests: ['r'] }, { opaque: { driver: 'd.io', parameters: [] } }],
    }),
    [
      `spec.devices.constraints[0].requests[1]: Invalid value: "x": ${notARequest}`,
      'spec.devices.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
      'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      'spec.devices.config[0].opaque: Required value',
      'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
  ],
  [
    'ask as claims do',
    resourceClaimTemplates,
    { metadata, spec: { spec: { devices: { requests: [{ name: 'R', exactly }] } } } },
    [
      "spec.spec.devices.requests[0].name: Invalid value: \"R\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'stand for a resource of somebody’s own',
    deviceClasses,
    { metadata: { name: 'a' }, spec: { extendedResourceName: 'cpu', selectors: [{}] } },
    [
      'spec.selectors[0].cel: Required value',
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ],
  ],
  [
    'have devices with attributes',
    resourceSlices,
    device({
      attributes: { 'x.io/model': { string: 'm' }, n: { int: 1 } },
      capacity: { mem: { value: '1Gi' } },
    }),
    [],
  ],
  [
    'are somewhere, in a pool',
    resourceSlices,
    slice({ nodeName: undefined, pool: { name: '' } }),
    [
      'spec.pool.name: Required value',
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  ],
  [
    'have attributes of one type, well named',
    resourceSlices,
    device({
      attributes: { a: { ints: [1] }, 'b/c/d': { bool: true }, v: { version: '1' } },
      nodeName: 'n',
    }),
    [
      'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
      'spec.devices[0].attributes: Invalid value: "b/c/d": must not contain more than one slash',
      'spec.devices[0].attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
      'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ],
  ],
  [
    'are shared by steps',
    resourceSlices,
    device({
      allowMultipleAllocations: true,
      capacity: {
        mem: {
          value: '10',
          requestPolicy: { default: '3', validRange: { min: '1', max: '20', step: '4' } },
        },
      },
    }),
    [
      'spec.devices[0].capacity[mem].requestPolicy.validRange.max: Invalid value: "20": max is larger than capacity value: 10',
      'spec.devices[0].capacity[mem].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (4) from (1)',
      'spec.devices[0].capacity[mem].requestPolicy.validRange.step: Invalid value: "20": value is not a multiple of a given step (4) from (1)',
    ],
  ],
]

describe('devices', () => {
  for (const [about, resource, object, errors] of cases)
    it(`${resource.plural} ${about}`, () => assert.deepEqual(created(resource, object), errors))

  it('a claim never changes what it asks for', () =>
    assert.deepEqual(updated(resourceClaims, claim({}), { metadata, spec: {} }), [
      'spec: Invalid value: {"devices":{}}: field is immutable',
    ]))

  it('a claim is reserved once it is allocated, by devices that it asked for', () => {
    const asked = claim({ requests: [{ name: 'r', exactly }] })
    const result = { request: 'r', driver: 'd.io', pool: 'p', device: 'd' }
    const status = (status: object) => ({ ...asked, status })
    const errors = (now: object, old: object = asked) =>
      told(resourceClaims.strategy.validateStatusUpdate?.(now as never, old as never) ?? [])
    const consumer = { resource: 'pods', name: 'p', uid: 'u' }
    const allocation = { devices: { results: [result] } }
    assert.deepEqual(errors(status({ allocation, reservedFor: [consumer] })), [])
    assert.deepEqual(errors(status({ reservedFor: [consumer] })), [
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ])
    assert.deepEqual(
      errors(status({ allocation: { devices: { results: [{ ...result, request: 'x' }] } } })),
      [`status.allocation.devices.results[0].request: Invalid value: "x": ${notARequest}`],
    )
    assert.deepEqual(errors(status({ allocation: {} }), status({ allocation })), [
      'status.allocation: Invalid value: {}: field is immutable',
    ])
  })

  it('a claim tells how far it is', () => {
    const state = (more: object) => row(resourceClaims, { metadata, ...more }, 0)[1]
    assert.equal(state({}), 'pending')
    assert.equal(state({ status: { allocation: {}, reservedFor: [{}] } }), 'allocated,reserved')
    const gone = { metadata: { ...metadata, deletionTimestamp: 'now' } }
    assert.equal(state({ ...gone, status: { allocation: {} } }), 'deleted,allocated')
  })

  it('taints say since when', () => {
    const taint: { key: string; effect: string; timeAdded?: string } = {
      key: 'broken',
      effect: 'NoExecute',
    }
    assert.deepEqual(created(resourceSlices, device({ taints: [taint] })), [])
    assert.equal(taint.timeAdded, '1970-01-01T00:00:00Z')
  })
})
