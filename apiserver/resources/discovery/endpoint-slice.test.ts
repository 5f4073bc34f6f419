import assert from 'node:assert/strict'
import type { EndpointSlice, Endpoints } from '../../../api/types.ts'
import { endpoints } from '../core/endpoints.ts'
import { created, row, updated } from '../examples.ts'
import { labelValueProblems } from '../name-validation.ts'
import { endpointSlices } from './endpoint-slice.ts'

const metadata = { name: 'a', namespace: 'b' }
const slice = (more: Partial<EndpointSlice>): EndpointSlice => ({
  metadata,
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.244.0.1'] }],
  ...more,
})
const of = (subsets: Endpoints['subsets']): Endpoints => ({ metadata, subsets })
const hinted = (hints: object) => ({ endpoints: [{ addresses: ['10.244.0.1'], hints }] })
const [notAValue] = labelValueProblems('a b')
const address = (index: number) => `10.244.${index >> 8}.${index & 255}`

describe('endpoint slices', () => {
  const rules: [
    about: string,
    bad: Partial<EndpointSlice>,
    errors: string[],
    near: Partial<EndpointSlice>,
  ][] = [
    [
      'types are known',
      { addressType: 'IP' },
      ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"'],
      { addressType: 'IPv4' },
    ],
    [
      'addresses are of the type',
      { endpoints: [{ addresses: ['fd00::1'] }] },
      ['endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address'],
      { addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] },
    ],
    [
      'addresses do not hide in others',
      { addressType: 'IPv6', endpoints: [{ addresses: ['::ffff:10.0.0.1'] }] },
      ['endpoints[0].addresses[0]: Invalid value: "::ffff:10.0.0.1": must be a valid IPv6 address'],
      { addressType: 'IPv6', endpoints: [{ addresses: ['64:ff9b::a00:1'] }] },
    ],
    [
      'nobody is sent to himself',
      { endpoints: [{ addresses: ['127.0.0.1'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
      { endpoints: [{ addresses: ['128.0.0.1'] }] },
    ],
    [
      'an endpoint has an address',
      { endpoints: [{ addresses: [] }] },
      ['endpoints[0].addresses: Required value: must contain at least 1 address'],
      { endpoints: [] },
    ],
    [
      'not too many endpoints',
      { endpoints: Array.from({ length: 1001 }, (_, i) => ({ addresses: [address(i)] })) },
      ['endpoints: Too many: 1001: must have at most 1000 items'],
      { endpoints: Array.from({ length: 1000 }, (_, i) => ({ addresses: [address(i)] })) },
    ],
    [
      'names are names',
      { addressType: 'FQDN', endpoints: [{ addresses: ['localhost'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "localhost": should be a domain with at least two segments separated by dots',
      ],
      { addressType: 'FQDN', endpoints: [{ addresses: ['a.b.'] }] },
    ],
    [
      "ports' names are unique",
      { ports: [{ port: 1 }, { port: 2 }] },
      ['ports[1].name: Duplicate value: ""'],
      { ports: [{ port: 1 }, { port: 2, name: 'a' }] },
    ],
    [
      'protocols are known',
      { ports: [{ port: 1, protocol: 'ICMP' }] },
      ['ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
      { ports: [{ port: 1, protocol: 'UDP' }] },
    ],
    [
      'hints name zones, each once',
      hinted({ forZones: [{ name: 'a' }, { name: 'a' }, { name: 'a b' }] }),
      [
        'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
        `endpoints[0].hints.forZones[2].name: Invalid value: "a b": ${notAValue}`,
      ],
      hinted({ forZones: [{ name: 'Zone_A.1' }] }),
    ],
    [
      'hints name few nodes',
      hinted({ forNodes: Array.from({ length: 9 }, (_, i) => ({ name: `n${i}` })) }),
      ['endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items'],
      hinted({ forNodes: [{ name: 'a.b' }] }),
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(endpointSlices, slice(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(endpointSlices, slice(near)), []))
  }

  it('say no topology of an earlier version', () => {
    const written = slice({
      endpoints: [{ addresses: ['10.244.0.1'], deprecatedTopology: { zone: 'a' } }],
    })
    endpointSlices.strategy.prepareForCreate?.(written, {} as never)
    assert.deepEqual(written.endpoints, [{ addresses: ['10.244.0.1'] }])
  })

  it('keep their type', () =>
    assert.deepEqual(
      updated(endpointSlices, slice({ addressType: 'IPv6', endpoints: [] }), slice({})),
      ['addressType: Invalid value: "IPv6": field is immutable'],
    ))

  it('read as rows', () => {
    assert.deepEqual(row(endpointSlices, slice({ endpoints: [] }), 0), [
      'a',
      'IPv4',
      '<unset>',
      '<unset>',
      '<unknown>',
    ])
    const many = slice({
      ports: [{ port: 80 }, { name: 'b' }, {}, { port: 82, name: 'c' }],
      endpoints: [0, 1, 2, 3, 4].map((index) => ({ addresses: [address(index)] })),
    })
    assert.deepEqual(row(endpointSlices, many, 0).slice(2, 4), [
      '80,b,* + 1 more...',
      '10.244.0.0,10.244.0.1,10.244.0.2 + 2 more...',
    ])
  })
})

describe('endpoints', () => {
  const rules: [
    about: string,
    bad: Endpoints['subsets'],
    errors: string[],
    near: Endpoints['subsets'],
  ][] = [
    [
      'a subset has addresses',
      [{ ports: [{ port: 80 }] }],
      ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
      [{ notReadyAddresses: [{ ip: '10.0.0.1' }] }],
    ],
    [
      'addresses are of somebody else',
      [{ addresses: [{ ip: '169.254.169.254' }] }],
      [
        'subsets[0].addresses[0].ip: Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      ],
      [{ addresses: [{ ip: '169.253.169.254' }] }],
    ],
    [
      'several ports have names',
      [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1, name: 'a' }, { port: 2 }] }],
      ['subsets[0].ports[1].name: Required value'],
      [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1 }] }],
    ],
    [
      'ports are in range',
      [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 0 }] }],
      ['subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
      [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 65535 }] }],
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(endpoints, of(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(endpoints, of(near)), []))
  }

  it('read as rows', () => {
    const cell = (subsets: Endpoints['subsets']) => row(endpoints, of(subsets), 0)[1]
    assert.equal(cell([]), '<none>')
    assert.equal(
      cell([{ addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], ports: [{ port: 80 }] }]),
      '10.0.0.1:80,[fd00::1]:80',
    )
    assert.equal(
      cell([
        {
          addresses: [1, 2, 3, 4].map((index) => ({ ip: address(index) })),
          ports: [{ port: 80 }],
        },
      ]),
      '10.244.0.1:80,10.244.0.2:80,10.244.0.3:80 + 1 more...',
    )
    assert.equal(cell([{ addresses: [{ ip: '10.0.0.1' }] }]), '10.0.0.1')
    assert.equal(cell([{ notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }]), '')
  })
})
