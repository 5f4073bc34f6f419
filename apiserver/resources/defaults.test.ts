import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Container, PodSpec, Probe, Service, Volume } from '../../api/types.ts'
import { defaultPullPolicy } from './core/pod/image-tag.ts'
import { defaultPod } from './core/pod/pod-defaults.ts'
import { defaultPodSpec } from './core/pod/pod-template-defaults.ts'
import { container, deployment, pod, service } from './examples.ts'
import { resources } from './index.ts'
import type { Resource } from './resource.ts'

const named = (kind: string): Resource => {
  const found = resources.find((resource) => resource.kind === kind)
  assert.ok(found)
  return found
}

function defaulted<T extends object>(kind: string, object: T): T {
  named(kind).strategy.default?.(object as never)
  return object
}

describe('image pull policies', () => {
  const cases: [string | undefined, 'Always' | 'IfNotPresent'][] = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.29', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1', 'IfNotPresent'],
    ['registry:5000/team/nginx:latest', 'Always'],
    [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    [`nginx:latest@sha256:${'a'.repeat(64)}`, 'Always'],
    ['NGINX', 'IfNotPresent'],
    ['', 'IfNotPresent'],
    [undefined, 'IfNotPresent'],
  ]
  for (const [image, policy] of cases)
    it(`${image || 'no image'}: ${policy}`, () => assert.equal(defaultPullPolicy(image), policy))
})

describe('pod defaults', () => {
  it('fill in all that kubectl then finds unchanged', () => {
    const object = pod()
    defaultPod(object)
    assert.deepEqual(object.spec, {
      containers: [
        {
          name: 'web',
          image: 'nginx:1.29',
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    } satisfies PodSpec)
  })

  it('leave alone what is there', () => {
    const object = pod(({ spec }) => {
      Object.assign(spec ?? {}, {
        dnsPolicy: 'Default',
        enableServiceLinks: false,
        restartPolicy: 'Never',
        schedulerName: 'mine',
        securityContext: { runAsUser: 0 },
        terminationGracePeriodSeconds: 0,
      })
    })
    const before = structuredClone(object.spec)
    defaultPod(object)
    assert.partialDeepStrictEqual(object.spec, { ...before, containers: [] })
  })

  it('fill in ports, probes, environment and hooks', () => {
    const one = container({
      ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }],
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 3, failureThreshold: 1 },
      startupProbe: { grpc: { port: 9 } },
      lifecycle: { preStop: { httpGet: { port: 80, path: '/bye' } } },
      env: [
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      ],
    })
    const spec: PodSpec = { containers: [one] }
    defaultPodSpec(spec)
    assert.deepEqual(
      one.ports?.map(({ protocol }) => protocol),
      ['TCP', 'UDP'],
    )
    const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
    assert.deepEqual(one.livenessProbe, {
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      ...times,
    })
    assert.deepEqual(one.readinessProbe, {
      tcpSocket: { port: 'http' },
      ...times,
      periodSeconds: 3,
      failureThreshold: 1,
    })
    assert.deepEqual(one.startupProbe, { grpc: { port: 9, service: '' }, ...times })
    assert.deepEqual(one.lifecycle?.preStop?.httpGet, { port: 80, path: '/bye', scheme: 'HTTP' })
    assert.equal(one.env?.[0]?.valueFrom?.fieldRef?.apiVersion, 'v1')
    assert.equal(one.env?.[1]?.valueFrom?.resourceFieldRef?.divisor, '0')
  })

  const volumes: [string, Volume, Volume][] = [
    ['without a source is empty', { name: 'v' }, { name: 'v', emptyDir: {} }],
    [
      'of a secret',
      { name: 'v', secret: { secretName: 's' } },
      { name: 'v', secret: { secretName: 's', defaultMode: 0o644 } },
    ],
    [
      'of a config map, its mode kept',
      { name: 'v', configMap: { name: 'c', defaultMode: 0o400 } },
      { name: 'v', configMap: { name: 'c', defaultMode: 0o400 } },
    ],
    [
      'of a path on the node',
      { name: 'v', hostPath: { path: '/x' } },
      { name: 'v', hostPath: { path: '/x', type: '' } },
    ],
    [
      'of the pod itself',
      {
        name: 'v',
        downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] },
      },
      {
        name: 'v',
        downwardAPI: {
          defaultMode: 0o644,
          items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels', apiVersion: 'v1' } }],
        },
      },
    ],
    [
      'of several sources',
      { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      {
        name: 'v',
        projected: {
          defaultMode: 0o644,
          sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
        },
      },
    ],
    [
      'of an image',
      { name: 'v', image: { reference: 'data' } },
      { name: 'v', image: { reference: 'data', pullPolicy: 'Always' } },
    ],
  ]
  for (const [name, given, expected] of volumes)
    it(`a volume ${name}`, () => {
      const spec: PodSpec = { containers: [container()], volumes: [given] }
      defaultPodSpec(spec)
      assert.deepEqual(spec.volumes, [expected])
    })

  it('a limit is also the request, in a pod but not in a template', () => {
    const limited = () =>
      container({ resources: { limits: { cpu: '1', memory: '1024Mi' }, requests: { cpu: '0.5' } } })
    const object = pod((one) => {
      one.spec = { containers: [limited()], initContainers: [limited()] }
    })
    defaultPod(object)
    const expected = {
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    }
    assert.deepEqual(object.spec?.containers[0]?.resources, expected)
    assert.deepEqual(object.spec?.initContainers?.[0]?.resources, expected)
    const template: PodSpec = { containers: [limited()] }
    defaultPodSpec(template)
    assert.deepEqual(template.containers[0]?.resources?.requests, { cpu: '500m' })
  })

  it("with the node's network a container's port is the node's", () => {
    const object = pod((one) => {
      one.spec = {
        hostNetwork: true,
        containers: [container({ ports: [{ containerPort: 80 }] })],
      }
    })
    defaultPod(object)
    assert.equal(object.spec?.containers[0]?.ports?.[0]?.hostPort, 80)
  })

  it('both names of the service account say the same', () => {
    for (const given of [{ serviceAccount: 'a' }, { serviceAccountName: 'a' }]) {
      const spec: PodSpec = { containers: [], ...given }
      defaultPodSpec(spec)
      assert.deepEqual([spec.serviceAccount, spec.serviceAccountName], ['a', 'a'])
    }
  })

  it('one address is the first of the addresses', () => {
    const status = (given: object) => {
      const object = pod((one) => {
        one.status = given
      })
      defaultPod(object)
      return object.status
    }
    const both = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }
    assert.deepEqual(status({ podIP: '10.0.0.1' }), both)
    assert.deepEqual(status({ podIPs: [{ ip: '10.0.0.1' }] }), both)
    assert.deepEqual(status({ podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.2' }] }), both)
  })
})

describe('workload defaults', () => {
  it('a Deployment rolls a quarter at a time', () => {
    const { spec } = defaulted('Deployment', deployment())
    assert.partialDeepStrictEqual(spec, {
      replicas: 1,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
      },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    })
    assert.equal(spec?.template.spec?.restartPolicy, 'Always')
    assert.equal(spec?.template.spec?.enableServiceLinks, undefined)
  })

  it('a Deployment of none, and one that is recreated, stay so', () => {
    const { spec } = defaulted(
      'Deployment',
      deployment(({ spec }) => {
        if (!spec) return
        spec.replicas = 0
        spec.strategy = { type: 'Recreate' }
      }),
    )
    assert.equal(spec?.replicas, 0)
    assert.deepEqual(spec?.strategy, { type: 'Recreate' })
  })

  it('half a rolling update is completed', () => {
    const { spec } = defaulted(
      'Deployment',
      deployment(({ spec }) => {
        if (spec) spec.strategy = { rollingUpdate: { maxSurge: 2 } }
      }),
    )
    assert.deepEqual(spec?.strategy?.rollingUpdate, { maxSurge: 2, maxUnavailable: '25%' })
  })
})

describe('service defaults', () => {
  const spec = (given: Service['spec']) =>
    defaulted(
      'Service',
      service((one) => {
        one.spec = given
      }),
    ).spec

  it('an address inside the cluster', () =>
    assert.deepEqual(spec({ ports: [{ port: 80 }] }), {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    }))

  it('a port on every node', () =>
    assert.deepEqual(spec({ type: 'NodePort', ports: [{ port: 80, targetPort: 'http' }] }), {
      type: 'NodePort',
      sessionAffinity: 'None',
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }],
    }))

  it('a load balancer', () =>
    assert.partialDeepStrictEqual(spec({ type: 'LoadBalancer' }), {
      allocateLoadBalancerNodePorts: true,
      externalTrafficPolicy: 'Cluster',
    }))

  it('another name', () =>
    assert.deepEqual(spec({ type: 'ExternalName', externalName: 'a.b' }), {
      type: 'ExternalName',
      externalName: 'a.b',
      sessionAffinity: 'None',
    }))

  it('clients that stick do so for three hours', () => {
    assert.deepEqual(spec({ sessionAffinity: 'ClientIP' })?.sessionAffinityConfig, {
      clientIP: { timeoutSeconds: 10800 },
    })
    assert.equal(
      spec({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } })?.sessionAffinityConfig,
      undefined,
    )
  })
})

describe('other defaults', () => {
  it('a Namespace is labelled with its name', () => {
    const object = defaulted('Namespace', { metadata: { name: 'a', labels: { b: 'c' } } })
    assert.deepEqual(object.metadata.labels, { b: 'c', 'kubernetes.io/metadata.name': 'a' })
    assert.deepEqual(defaulted('Namespace', { metadata: { generateName: 'a-' } }).metadata, {
      generateName: 'a-',
    })
  })

  it("a Secret's texts become its data, and win over it", () => {
    const object = defaulted('Secret', {
      metadata: { name: 'a' },
      data: { a: 'eA==', b: 'eQ==' },
      stringData: { b: 'é' },
    })
    assert.deepEqual(object as object, {
      metadata: { name: 'a' },
      type: 'Opaque',
      data: { a: 'eA==', b: 'w6k=' },
    })
  })

  it('ports of Endpoints and EndpointSlices are TCP', () => {
    const endpoints = { metadata: {}, subsets: [{ ports: [{ port: 80 }] }] }
    assert.deepEqual(defaulted('Endpoints', endpoints).subsets, [
      { ports: [{ port: 80, protocol: 'TCP' }] },
    ])
    const slice = { metadata: {}, ports: [{ port: 80 }] }
    assert.deepEqual(defaulted('EndpointSlice', slice).ports as object, [
      { port: 80, protocol: 'TCP', name: '' },
    ])
  })

  it('a Node can give all that it has, and knows its range in both forms', () => {
    const object = defaulted('Node', {
      metadata: { name: 'a' },
      spec: { podCIDR: '10.244.0.0/24' },
      status: { capacity: { cpu: '2000m' } },
    })
    assert.deepEqual(object as object, {
      metadata: { name: 'a' },
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
      status: { capacity: { cpu: '2' }, allocatable: { cpu: '2' } },
    })
  })
})

describe('defaulting twice', () => {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
  const text = fc.constantFrom('', 'a', 'Always', 'x:latest')
  const probe: fc.Arbitrary<Probe> = fc.record(
    {
      httpGet: fc.record({ port: fc.constant(80), path: text }, { requiredKeys: ['port'] }),
      grpc: fc.record({ port: fc.constant(1) }),
      periodSeconds: fc.nat(2),
      successThreshold: fc.nat(2),
    },
    { requiredKeys: [] },
  )
  const amounts = fc.record(
    {
      cpu: fc.constantFrom('1', '0.5', '100u', '1000m'),
      memory: fc.constantFrom('1024Mi', '1e3', '1.5Gi'),
    },
    { requiredKeys: [] },
  )
  const anyContainer: fc.Arbitrary<Container> = fc.record(
    {
      name: text,
      image: text,
      imagePullPolicy: text,
      livenessProbe: probe,
      resources: fc.record({ limits: amounts, requests: amounts }, { requiredKeys: [] }),
      ports: fc.array(
        fc.record(
          { containerPort: fc.constant(80), hostPort: fc.nat(1) },
          { requiredKeys: ['containerPort'] },
        ),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['name'] },
  )
  const volume: fc.Arbitrary<Volume> = fc.oneof(
    fc.constant<Volume>({ name: 'v' }),
    fc.constant<Volume>({ name: 'v', secret: {} }),
    fc.constant<Volume>({ name: 'v', hostPath: { path: '/' } }),
    fc.constant<Volume>({ name: 'v', emptyDir: { sizeLimit: '1024Mi' } }),
  )
  const podSpec: fc.Arbitrary<PodSpec> = fc.record(
    {
      containers: fc.array(anyContainer, { maxLength: 2 }),
      initContainers: fc.array(anyContainer, { maxLength: 1 }),
      volumes: fc.array(volume, { maxLength: 2 }),
      hostNetwork: fc.boolean(),
      serviceAccount: text,
      terminationGracePeriodSeconds: maybe(fc.nat(3)).map((seconds) => seconds ?? 0),
    },
    { requiredKeys: ['containers'] },
  )
  const serviceSpec = fc.record(
    {
      type: fc.constantFrom('', 'ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
      sessionAffinity: fc.constantFrom('', 'None', 'ClientIP'),
      externalIPs: fc.constantFrom([], ['1.2.3.4']),
      ports: fc.constantFrom([], [{ port: 80 }]),
    },
    { requiredKeys: [] },
  )

  const twice = (kind: string, object: object) => {
    const once = defaulted(kind, structuredClone(object))
    assert.deepEqual(defaulted(kind, structuredClone(once)), once)
  }

  it('is defaulting once', () =>
    fc.assert(
      fc.property(podSpec, serviceSpec, (spec, given) => {
        const metadata = { name: 'a', namespace: 'b' }
        twice('Pod', { metadata, spec })
        twice('Deployment', { metadata, spec: { template: { spec } } })
        twice('ReplicaSet', { metadata, spec: { template: { spec } } })
        twice('Service', { metadata, spec: given })
        twice('Namespace', { metadata })
        twice('Secret', { metadata, stringData: { a: 'b' } })
        twice('Node', { metadata, status: { capacity: { cpu: '0.5' } } })
        twice('EndpointSlice', { metadata, ports: [{}] })
        twice('Endpoints', { metadata, subsets: [{ ports: [{ port: 1 }] }] })
      }),
    ))

  it('does not trip over objects that are nearly empty', () => {
    for (const { strategy, kind } of resources)
      for (const object of [{ metadata: {} }, { metadata: {}, spec: {}, status: {} }])
        assert.doesNotThrow(() => strategy.default?.(structuredClone(object)), kind)
  })
})
