import assert from 'node:assert/strict'
import { created, row, updated } from '../examples.ts'
import type { Resource } from '../resource.ts'
import { ingresses } from './ingress.ts'
import { ingressClasses } from './ingress-class.ts'
import { ipAddresses } from './ip-address.ts'
import { networkPolicies } from './network-policy.ts'
import { serviceCidrs } from './service-cidr.ts'

const metadata = { name: 'a', namespace: 'b' }
const of = (spec: object) => ({ metadata, spec })
const service = (port: object = { number: 80 }) => ({ service: { name: 'web', port } })
const paths = (...paths: object[]) => of({ rules: [{ host: 'a.example.com', http: { paths } }] })
const path = (more: object) => ({ path: '/', pathType: 'Prefix', backend: service(), ...more })
const peer = (from: object) => of({ ingress: [{ from: [from] }] })
const at = 'spec.rules[0].http.paths[0]'

const cases: [about: string, Resource, object: object, errors: string[]][] = [
  ['reach a service', ingresses, paths(path({})), []],
  ['may be all default', ingresses, of({ defaultBackend: service({ name: 'web' }) }), []],
  [
    'lead somewhere',
    ingresses,
    of({}),
    ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'have paths that begin at the root and never go back',
    ingresses,
    paths(path({ path: 'x/../y' }), path({ path: '/..' })),
    [
      `${at}.path: Invalid value: "x/../y": must be an absolute path`,
      `${at}.path: Invalid value: "x/../y": must not contain '/../'`,
      `spec.rules[0].http.paths[1].path: Invalid value: "/..": cannot end with '/..'`,
    ],
  ],
  [
    'say how a path is meant',
    ingresses,
    paths(path({ pathType: undefined }), path({ pathType: 'Regex' })),
    [
      `${at}.pathType: Required value: pathType must be specified`,
      'spec.rules[0].http.paths[1].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
  ],
  [
    'have one backend, at one port',
    ingresses,
    paths(
      path({ backend: {} }),
      path({ backend: service({}) }),
      path({ backend: service({ name: 'web', number: 80 }) }),
    ),
    [
      `${at}.backend: Invalid value: "": resource or service backend is required`,
      'spec.rules[0].http.paths[1].backend: Required value: port name or number is required',
      'spec.rules[0].http.paths[2].backend: Invalid value: "": cannot set both port name & port number',
    ],
  ],
  [
    'are for names, not addresses',
    ingresses,
    of({ rules: [{ host: '10.0.0.1' }, { host: '*.example.com' }] }),
    ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
  ],
  ['name a controller', ingressClasses, of({ controller: 'example.com/ingress' }), []],
  [
    'name the controller below a domain',
    ingressClasses,
    of({ controller: 'nginx', parameters: { kind: 'K', name: 'n', scope: 'Namespace' } }),
    [
      'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
  ],
  ['may say nothing', networkPolicies, of({}), []],
  [
    'allow a range but for a part',
    networkPolicies,
    peer({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }),
    [],
  ],
  [
    'except only what is within',
    networkPolicies,
    peer({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }),
    [
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ],
  ],
  [
    'name one sort of peer',
    networkPolicies,
    of({ egress: [{ to: [{}, { podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] }),
    [
      'spec.egress[0].to[0]: Required value: must specify a peer',
      'spec.egress[0].to[1]: Forbidden: may not specify both ipBlock and another peer',
    ],
  ],
  [
    'end a range of ports behind its begin',
    networkPolicies,
    of({
      ingress: [
        { ports: [{ port: 90, endPort: 80 }, { endPort: 80 }, { port: 'web', endPort: 1 }] },
      ],
    }),
    [
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
      'spec.ingress[0].ports[1].endPort: Invalid value: 80: may not be specified when `port` is not specified',
      'spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
    ],
  ],
  ['have a range of each family', serviceCidrs, of({ cidrs: ['10.0.0.0/16', 'fd00::/108'] }), []],
  [
    'have ranges in their one form, of different families',
    serviceCidrs,
    of({ cidrs: ['10.0.0.1/16', 'FD00::/108'] }),
    [
      'spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length',
      'spec.cidrs[1]: Invalid value: "FD00::/108": must be in canonical form ("fd00::/108")',
    ],
  ],
  [
    'do not have two of a family',
    serviceCidrs,
    of({ cidrs: ['10.0.0.0/16', '11.0.0.0/16'] }),
    [
      'spec.cidrs: Invalid value: ["10.0.0.0/16","11.0.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
  ],
  ['belong to somebody', ipAddresses, of({}), ['spec.parentRef: Required value']],
]

describe('networking', () => {
  for (const [about, resource, object, errors] of cases)
    it(`${resource.plural} ${about}`, () => assert.deepEqual(created(resource, object), errors))

  it('take ranges by their first address, and keep those that were there', () => {
    const policy = () => peer({ ipBlock: { cidr: '10.1.2.3/16', except: ['10.1.2.3/24'] } })
    const problem = (field: string, text: string) =>
      `spec.ingress[0].from[0].ipBlock.${field}: Invalid value: "${text}": must not have bits set beyond the prefix length`
    assert.deepEqual(created(networkPolicies, policy()), [
      problem('cidr', '10.1.2.3/16'),
      problem('except[0]', '10.1.2.3/24'),
    ])
    assert.deepEqual(updated(networkPolicies, policy(), policy()), [])
    const old = peer({ ipBlock: { cidr: '10.1.2.3/16' } })
    assert.deepEqual(updated(networkPolicies, policy(), old), [problem('except[0]', '10.1.2.3/24')])
  })

  it('policies are about what they have rules for, and TCP', () => {
    const policy = { metadata, spec: { egress: [{ ports: [{ port: 1 }] }] } }
    networkPolicies.strategy.default?.(policy as never)
    assert.deepEqual(policy.spec, {
      egress: [{ ports: [{ port: 1, protocol: 'TCP' }] }],
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    })
  })

  it('a range may gain the other family, and nothing else', () => {
    const old = of({ cidrs: ['10.0.0.0/16'] })
    assert.deepEqual(updated(serviceCidrs, of({ cidrs: ['10.0.0.0/16', 'fd00::/108'] }), old), [])
    assert.deepEqual(updated(serviceCidrs, of({ cidrs: ['11.0.0.0/16'] }), old), [
      'spec.cidrs[0]: Invalid value: "11.0.0.0/16": field is immutable',
    ])
  })

  const names: [string, string[]][] = [
    ['10.0.0.1', []],
    ['2001:db8::1', []],
    ['2001:DB8::1', ['must be in canonical form ("2001:db8::1")']],
    ['::ffff:10.0.0.1', ['must not be an IPv4-mapped IPv6 address']],
    ['web', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ]
  for (const [name, problems] of names)
    it(`an address is named ${name}: ${problems.length === 0 ? 'yes' : 'no'}`, () =>
      assert.deepEqual(ipAddresses.validateName?.(name, false), problems))

  it('read as rows', () => {
    const hosts = (...hosts: string[]) => hosts.map((host) => ({ host }))
    assert.deepEqual(
      row(
        ingresses,
        {
          metadata,
          spec: { ingressClassName: 'x', rules: hosts('a', 'b', 'c', 'd'), tls: [{}] },
          status: { loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { hostname: 'lb' }] } },
        },
        0,
      ),
      ['a', 'x', 'a,b,c + 1 more...', '10.0.0.2,lb', '80, 443', '<unknown>'],
    )
    assert.deepEqual(row(ingresses, of({ rules: hosts('a', 'b', 'c') }), 0)[2], 'a,b,c')
    const parentRef = { group: '', resource: 'services', namespace: 'n', name: 's' }
    assert.equal(row(ipAddresses, of({ parentRef }), 0)[1], 'services/n/s')
    const parameters = { apiGroup: 'g.io', kind: 'K', name: 'n' }
    assert.equal(row(ingressClasses, of({ controller: 'c/d', parameters }), 0)[2], 'K.g.io/n')
  })
})
