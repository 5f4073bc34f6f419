import assert from 'node:assert/strict'
import type { Service } from '../../../api/types.ts'
import { created, row, service, told, updated } from '../examples.ts'
import type { Allocation } from '../resource.ts'
import { services } from './service.ts'

type Spec = NonNullable<Service['spec']>
const having = (spec: Spec): Service =>
  service((one) => {
    one.spec = { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec }
  })

const wants = (object: Service, old?: Service): Allocation[] =>
  services.allocations?.(object as never, old as never) ?? []

/** Creates it and gives it addresses from 10.96.0.1 and ports from 30000 on. */
function stored(spec: Spec): Service {
  const object = having(spec)
  assert.deepEqual(created(services, object), [])
  let next = 0
  for (const { pool, wanted, set } of wants(object)) {
    set(wanted ?? (pool === 'clusterip' ? `10.96.0.${++next}` : String(30_000 + next++)))
  }
  return object
}

describe('services', () => {
  const rules: [about: string, bad: Spec, errors: string[], near: Spec][] = [
    [
      'there is a port',
      { ports: [] },
      ['spec.ports: Required value'],
      { ports: [], clusterIP: 'None' },
    ],
    [
      'several ports have names',
      { ports: [{ port: 80 }, { port: 81, name: 'b' }] },
      ['spec.ports[0].name: Required value'],
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'b' },
        ],
      },
    ],
    [
      "ports' names are unique",
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'a' },
        ],
      },
      ['spec.ports[1].name: Duplicate value: "a"'],
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'b' },
        ],
      },
    ],
    [
      'ports are unique by protocol',
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
      ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b', protocol: 'UDP' },
        ],
      },
    ],
    [
      'ports are in range',
      { ports: [{ port: 65536, targetPort: 80 }] },
      ['spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive'],
      { ports: [{ port: 65535 }] },
    ],
    [
      'targets are in range, or names of ports',
      { ports: [{ port: 80, targetPort: 'HTTP' }] },
      [
        'spec.ports[0].targetPort: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.ports[0].targetPort: Invalid value: "HTTP": must contain at least one letter (a-z)',
      ],
      { ports: [{ port: 80, targetPort: 'http' }] },
    ],
    [
      'node ports are for those that have them',
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
      { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] },
    ],
    [
      'node ports are unique by protocol',
      {
        type: 'NodePort',
        ports: [
          { port: 80, name: 'a', nodePort: 30000 },
          { port: 81, name: 'b', nodePort: 30000 },
        ],
      },
      ['spec.ports[1].nodePort: Duplicate value: 30000'],
      {
        type: 'NodePort',
        ports: [
          { port: 80, name: 'a', nodePort: 30000 },
          { port: 81, name: 'b', nodePort: 30000, protocol: 'UDP' },
        ],
      },
    ],
    [
      'types are known',
      { type: 'Public', internalTrafficPolicy: 'Cluster' },
      [
        'spec.type: Unsupported value: "Public": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
      { type: 'LoadBalancer' },
    ],
    [
      'an address is an address',
      { clusterIP: '10.96.0.300' },
      [
        'spec.clusterIPs[0]: Invalid value: "10.96.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
      { clusterIP: '10.96.0.30' },
    ],
    [
      'both names of the address agree',
      { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.2'] },
      ['spec.clusterIPs: Invalid value: ["10.96.0.2"]: first value must match `clusterIP`'],
      { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] },
    ],
    [
      'no second family',
      { ipFamilyPolicy: 'RequireDualStack' },
      [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
      ],
      { ipFamilyPolicy: 'PreferDualStack' },
    ],
    [
      'a node port needs an address',
      { type: 'NodePort', clusterIP: 'None' },
      [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
      { clusterIP: 'None' },
    ],
    [
      'another name is a name',
      { type: 'ExternalName', externalName: '' },
      ['spec.externalName: Required value'],
      { type: 'ExternalName', externalName: 'example.com.' },
    ],
    [
      'addresses from outside are of somebody else',
      { externalIPs: ['127.0.0.1', '169.254.169.254', '::ffff:127.0.0.1', '0.0.0.0'] },
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[1]: Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
        'spec.externalIPs[2]: Invalid value: "::ffff:127.0.0.1": must not be an IPv4-mapped IPv6 address',
        'spec.externalIPs[2]: Invalid value: "::ffff:127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[3]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      ],
      { externalIPs: ['192.0.2.1'] },
    ],
    [
      'clients stick for a day at most',
      {
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
      },
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
      ],
      {
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86400 } },
      },
    ],
    [
      'traffic from outside needs an outside',
      { externalTrafficPolicy: 'Local' },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
      { type: 'NodePort', externalTrafficPolicy: 'Local' },
    ],
    [
      'selectors are labels',
      { selector: { app: 'a b' } },
      [
        `spec.selector: Invalid value: "a b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      ],
      { selector: { app: 'a_b' } },
    ],
    [
      'ranges are for balancers',
      { loadBalancerSourceRanges: ['10.0.0.0/8'] },
      ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] },
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(services, having(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(services, having(near)), []))
  }

  it('have names that are labels', () => {
    assert.deepEqual(services.validateName?.('web-1', false), [])
    assert.deepEqual(services.validateName?.('web-', true), [])
    assert.deepEqual(services.validateName?.('1web', false), [])
    assert.equal(services.validateName?.('web.1', false).length, 1)
    assert.equal(services.validateName?.('a'.repeat(64), false).length, 1)
  })
})

describe('what services take', () => {
  const asked = (object: Service, old?: Service) =>
    wants(object, old).map(({ pool, wanted, refuse }) => [pool, wanted, refuse('').field])

  it('is one address', () => {
    const object = having({})
    created(services, object)
    assert.deepEqual(asked(object), [['clusterip', undefined, 'spec.clusterIPs']])
    assert.deepEqual(stored({}).spec, {
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    })
  })

  it('is the address they ask for', () => {
    const object = having({ clusterIP: '10.96.0.10' })
    created(services, object)
    assert.deepEqual(asked(object), [['clusterip', '10.96.0.10', 'spec.clusterIPs']])
  })

  it('is nothing for the headless and for other names', () => {
    for (const spec of [{ clusterIP: 'None' }, { type: 'ExternalName', externalName: 'a.b' }]) {
      const object = having(spec)
      created(services, object)
      assert.deepEqual(asked(object), [])
      assert.deepEqual(services.allocated?.(object as never), [])
    }
  })

  it('is no address, but families, when they have no head', () => {
    assert.partialDeepStrictEqual(stored({ clusterIP: 'None' }).spec, {
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    })
    assert.partialDeepStrictEqual(stored({ clusterIP: 'None', selector: {} }).spec, {
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    })
  })

  it('is a port of the nodes for each port, one for two protocols', () => {
    const object = stored({
      type: 'NodePort',
      ports: [
        { port: 53, name: 'udp', protocol: 'UDP', nodePort: 30053 },
        { port: 53, name: 'tcp', nodePort: 30053 },
        { port: 80, name: 'http' },
      ],
    })
    assert.deepEqual(
      object.spec?.ports?.map(({ nodePort }) => nodePort),
      [30053, 30053, 30001],
    )
    assert.deepEqual(services.allocated?.(object as never), [
      { pool: 'clusterip', value: '10.96.0.1' },
      { pool: 'nodeport', value: '30053' },
      { pool: 'nodeport', value: '30001' },
    ])
  })

  it('is a port for health checks where traffic stays on the node', () => {
    const object = stored({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' })
    assert.equal(object.spec?.healthCheckNodePort, 30002)
  })
})

describe('service updates', () => {
  /** What is wrong, what is asked for, and the specification in the end. */
  function change(from: Spec, to: Spec) {
    const old = stored(from)
    const now = having(to)
    const errors = updated(services, now, old)
    return {
      errors,
      wants: wants(now, old).map(({ refuse }) => refuse('').field),
      spec: now.spec,
      old: old.spec,
    }
  }

  it('that repeat nothing keep everything', () => {
    const { errors, wants, spec, old } = change({ type: 'NodePort' }, { type: 'NodePort' })
    assert.deepEqual(errors, [])
    assert.deepEqual(wants, [])
    assert.deepEqual(spec, old)
  })

  it('keep node ports by name', () => {
    const two = [
      { port: 80, name: 'a' },
      { port: 81, name: 'b' },
    ]
    const { errors, wants, spec, old } = change(
      { type: 'NodePort', ports: two },
      {
        type: 'NodePort',
        ports: [
          { port: 90, name: 'b' },
          { port: 91, name: 'c' },
        ],
      },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(wants, ['spec.ports[1].nodePort'])
    assert.equal(spec?.ports?.[0]?.nodePort, old?.ports?.[1]?.nodePort)
  })

  it('may not change the address', () =>
    assert.deepEqual(change({}, { clusterIP: '10.96.0.99' }).errors, [
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.99"]: may not change once set',
    ]))

  it('may not lose the head', () =>
    assert.deepEqual(change({}, { clusterIP: 'None' }).errors, [
      'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    ]))

  it('to a port on the nodes ask for one', () => {
    const { errors, wants } = change({}, { type: 'NodePort' })
    assert.deepEqual(errors, [])
    assert.deepEqual(wants, ['spec.ports[0].nodePort'])
  })

  it('from a port on the nodes give it back', () => {
    const old = stored({ type: 'NodePort' })
    const now = structuredClone(old)
    if (now.spec) now.spec.type = 'ClusterIP'
    assert.deepEqual(updated(services, now, old), [])
    assert.equal(now.spec?.ports?.[0]?.nodePort, undefined)
    assert.equal(now.spec?.externalTrafficPolicy, undefined)
    assert.equal(now.spec?.clusterIP, old.spec?.clusterIP)
  })

  it('to another name give all back', () => {
    const old = stored({})
    const now = structuredClone(old)
    Object.assign(now.spec ?? {}, { type: 'ExternalName', externalName: 'a.b' })
    assert.deepEqual(updated(services, now, old), [])
    assert.deepEqual(services.allocated?.(now as never), [])
    assert.equal(now.spec?.clusterIP, undefined)
  })

  it('from another name ask for an address', () => {
    const { errors, wants } = change({ type: 'ExternalName', externalName: 'a.b' }, {})
    assert.deepEqual(errors, [])
    assert.deepEqual(wants, ['spec.clusterIPs'])
  })

  it('of the status are for balancers', () => {
    const report = (type: string, ip: string) =>
      told(
        services.strategy.validateStatusUpdate?.(
          service((one) => {
            one.spec = { type }
            one.status = { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } }
          }) as never,
          service() as never,
        ) ?? [],
      )
    assert.deepEqual(report('LoadBalancer', '192.0.2.1'), [])
    assert.deepEqual(report('ClusterIP', '192.0.2.1'), [
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ])
  })
})

describe('the service table', () => {
  const cases: [string, Spec, Service['status'], unknown[]][] = [
    [
      'an address',
      { type: 'ClusterIP', clusterIP: '10.96.0.1', ports: [{ port: 80, protocol: 'TCP' }] },
      {},
      ['ClusterIP', '10.96.0.1', '<none>', '80/TCP'],
    ],
    [
      'no address',
      { type: 'ClusterIP', clusterIP: 'None' },
      {},
      ['ClusterIP', 'None', '<none>', '<none>'],
    ],
    [
      'ports on the nodes',
      {
        type: 'NodePort',
        clusterIP: '10.96.0.1',
        externalIPs: ['192.0.2.1', '192.0.2.2'],
        ports: [
          { port: 80, nodePort: 30000, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
      {},
      ['NodePort', '10.96.0.1', '192.0.2.1,192.0.2.2', '80:30000/TCP,53/UDP'],
    ],
    [
      'a balancer that is not there yet',
      { type: 'LoadBalancer', clusterIP: '10.96.0.1' },
      { loadBalancer: {} },
      ['LoadBalancer', '10.96.0.1', '<pending>', '<none>'],
    ],
    [
      'a balancer',
      { type: 'LoadBalancer', clusterIP: '10.96.0.1' },
      { loadBalancer: { ingress: [{ ip: '192.0.2.9' }, { hostname: 'a.b' }] } },
      ['LoadBalancer', '10.96.0.1', '192.0.2.9,a.b', '<none>'],
    ],
    [
      'another name',
      { type: 'ExternalName', externalName: 'a.b' },
      {},
      ['ExternalName', '<none>', 'a.b', '<none>'],
    ],
  ]
  for (const [about, spec, status, cells] of cases)
    it(about, () => {
      const object = service((one) => {
        one.spec = spec
        one.status = status
      })
      assert.deepEqual(row(services, object, 0), ['web', ...cells, '<unknown>'])
    })

  it('wide rows tell the selector', () =>
    assert.equal(
      row(services, having({ selector: { b: 'c', a: 'b' } }), 0, true).at(-1),
      'a=b,b=c',
    ))
})
