/** What each kind warns of, as clients read it. */

import assert from 'node:assert/strict'
import { createAuthority } from '../auth/certificates.ts'
import { resources } from './index.ts'

const kindOf = (name: string) => {
  const found = resources.find(({ kind }) => kind === name)
  assert.ok(found, name)
  return found
}
const told = (kind: string, object: object, old?: object): string[] => {
  const whole = (one: object) => ({ metadata: { name: 'a', generation: 1 }, ...one }) as never
  return [...(kindOf(kind).strategy.warnings?.(whole(object), old && whole(old)) ?? [])]
}
const podSpec = (spec: object) =>
  told('Pod', { spec: { containers: [{ name: 'c', image: 'i' }], ...spec } })
const containers = (...all: object[]) =>
  podSpec({ containers: all.map((one, at) => ({ name: `c${at}`, image: 'i', ...one })) })
const port = (more: object) => ({ containerPort: 80, protocol: 'TCP', ...more })

const arch = 'deprecated since v1.14; use "kubernetes.io/arch" instead'
const archExpression = {
  matchExpressions: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }],
}
const hiding = (field: string) =>
  `${field}: hides previous definition of "A", which may be dropped when using apply`

const cases: [about: string, told: () => string[], texts: string[]][] = [
  [
    'labels of nodes that were replaced',
    () =>
      podSpec({
        nodeSelector: { 'beta.kubernetes.io/arch': 'x' },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [archExpression] },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: archExpression },
            ],
          },
        },
        topologySpreadConstraints: [{ topologyKey: 'beta.kubernetes.io/arch', labelSelector: {} }],
      }),
    [
      `spec.nodeSelector[beta.kubernetes.io/arch]: ${arch}`,
      `spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is ${arch}`,
      `spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key: beta.kubernetes.io/arch is ${arch}`,
      `spec.topologySpreadConstraints[0].topologyKey: beta.kubernetes.io/arch is ${arch}`,
    ],
  ],
  [
    'selectors that select nothing',
    () =>
      podSpec({
        topologySpreadConstraints: [{ topologyKey: 'zone' }],
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'z' }] },
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: { topologyKey: 'z' } },
            ],
          },
        },
      }),
    [
      'spec.topologySpreadConstraints[0].labelSelector',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector',
      'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector',
    ].map((field) => `${field}: a null labelSelector results in matching no pod`),
  ],
  [
    'variables that hide others, and not those that go on',
    () =>
      containers(
        {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)2' },
          ],
        },
        {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)' },
            { name: 'A', value: '3' },
          ],
        },
      ),
    [hiding('spec.containers[1].env[1]'), hiding('spec.containers[1].env[2]')],
  ],
  [
    'ports that are named twice',
    () =>
      containers(
        { ports: [port({}), port({ name: 'b', hostIP: '127.0.0.1' })] },
        { ports: [port({ hostPort: 90 })] },
        { ports: [port({ hostPort: 90, hostIP: '127.0.0.1' })] },
      ),
    [
      'spec.containers[0].ports[1]: hostIP set without hostPort: {Name:b HostPort:0 ContainerPort:80 Protocol:TCP HostIP:127.0.0.1}',
      'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[2].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[2].ports[0]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[2].ports[0]: dangerously ambiguous port definition with spec.containers[1].ports[0]',
    ],
  ],
  [
    'the same port in two containers',
    () => containers({ ports: [port({})] }, { ports: [port({})] }),
    ['spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]'],
  ],
  [
    'parts of bytes',
    () => containers({ resources: { limits: { memory: '100m' }, requests: { cpu: '100m' } } }),
    [
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    ],
  ],
  [
    'lists that name one thing twice',
    () =>
      podSpec({
        hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }],
        imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}],
      }),
    [
      'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
    ],
  ],
  [
    'volumes that nobody mounts, and files that hide each other',
    () =>
      podSpec({
        volumes: [
          { name: 'a', gitRepo: { repository: 'r' } },
          {
            name: 'b',
            configMap: {
              name: 'm',
              items: [
                { key: 'x', path: 'p' },
                { key: 'y', path: 'p/q' },
              ],
            },
          },
          {
            name: 'c',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                { secret: { name: 's', items: [{ key: 'k', path: 'token' }] } },
              ],
            },
          },
        ],
      }),
    [
      'spec.volumes[0].gitRepo: deprecated in v1.11',
      'volume "b" (ConfigMap "m"): overlapping paths: "p/q" with "p"',
      'volume "c" (Projected Secret "s"): overlapping paths: "token" with "token"',
    ],
  ],
  [
    'annotations that became fields',
    () =>
      told('Deployment', {
        spec: {
          template: {
            metadata: {
              annotations: {
                'seccomp.security.alpha.kubernetes.io/pod': 'x',
                'container.apparmor.security.beta.kubernetes.io/c': 'y',
              },
            },
            spec: { containers: [{ name: 'c' }] },
          },
        },
      }),
    [
      'spec.template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
      'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ],
  ],
  [
    'what a Service ignores',
    () =>
      told('Service', {
        metadata: { annotations: { 'service.kubernetes.io/topology-aware-hints': 'auto' } },
        spec: {
          type: 'ClusterIP',
          clusterIP: 'None',
          sessionAffinity: 'ClientIP',
          externalName: 'a.b',
          loadBalancerSourceRanges: ['10.0.0.1/8', '10.0.0.0/8'],
          trafficDistribution: 'PreferClose',
        },
      }),
    [
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      'spec.SessionAffinity is ignored for headless services',
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
  ],
  [
    'addresses in another form than the usual one',
    () =>
      told('EndpointSlice', {
        addressType: 'FQDN',
        endpoints: [{ addresses: ['2001:DB8::1', '10.0.0.1'] }],
      }),
    [
      'spec.addressType: FQDN endpoints are deprecated',
      'endpoints[0].addresses[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ],
  ],
  [
    'blocks with bits that mean nothing',
    () =>
      told('NetworkPolicy', {
        spec: {
          ingress: [{ from: [{ ipBlock: { cidr: '10.1.2.3/16', except: ['10.1.2.0/24'] } }] }],
          egress: [{ to: [{ ipBlock: { cidr: '2001:db8::1/64' } }] }],
        },
      }),
    [
      'spec.ingress[0].from[0].ipBlock.cidr: CIDR value "10.1.2.3/16" is ambiguous in this context (should be "10.1.0.0/16" or "10.1.2.3/32"?)',
      'spec.egress[0].to[0].ipBlock.cidr: CIDR value "2001:db8::1/64" is ambiguous in this context (should be "2001:db8::/64" or "2001:db8::1/128"?)',
    ],
  ],
  [
    'the class of an Ingress where it once stood',
    () =>
      told('Ingress', {
        metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } },
        spec: {},
      }),
    [
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ],
  ],
  [
    'claims of parts of bytes, and classes where they once stood',
    () =>
      told('PersistentVolumeClaim', {
        metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } },
        spec: { resources: { requests: { storage: '1500m' } } },
      }),
    [
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ],
  ],
  [
    'volumes of kinds that are gone',
    () =>
      told('PersistentVolume', {
        spec: { persistentVolumeReclaimPolicy: 'Recycle', storageos: {}, rbd: {} },
      }),
    [
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.storageOS: deprecated in v1.22, non-functional in v1.25+',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    'labels of nodes in what is for nodes',
    () => [
      ...told('RuntimeClass', { scheduling: { nodeSelector: { 'beta.kubernetes.io/arch': 'x' } } }),
      ...told('CSIStorageCapacity', { nodeTopology: archExpression }),
      ...told('StorageClass', {
        allowedTopologies: [{ matchLabelExpressions: [{ key: 'beta.kubernetes.io/arch' }] }],
      }),
    ],
    [
      `scheduling.nodeSelector: ${arch}`,
      `nodeTopology.matchExpressions[0].key: beta.kubernetes.io/arch is ${arch}`,
      `allowedTopologies[0].matchLabelExpressions[0].key: ${arch}`,
    ],
  ],
]

describe('warnings', () => {
  for (const [about, run, texts] of cases)
    it(`tell of ${about}`, () => assert.deepEqual(run(), texts))

  it('are told when something is new: of pods, of templates, of names', () => {
    const spec = { containers: [{ name: 'c', env: [{ name: 'A' }, { name: 'A' }] }] }
    assert.equal(told('Pod', { spec }).length, 1)
    assert.equal(told('Pod', { spec }, { spec }).length, 0)
    const metadata = { name: 'a.b', generation: 1 }
    const workload = { metadata, spec: { template: { spec } } }
    for (const kind of ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job']) {
      assert.equal(told(kind, workload).length, 2, kind)
      assert.equal(told(kind, workload, workload).length, 0, kind)
      const changed = { ...workload, metadata: { ...metadata, generation: 2 } }
      assert.equal(told(kind, changed, workload).length, 1, kind)
    }
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' }
    const account = { metadata: { annotations } }
    assert.equal(told('ServiceAccount', account).length, 1)
    assert.equal(told('ServiceAccount', account, account).length, 0)
  })

  it('tell of keys that are not those of their certificate', async () => {
    const authority = await createAuthority({ commonName: 'one' })
    const [one, other] = [
      await authority.issue({ commonName: 'a' }),
      await authority.issue({ commonName: 'b' }),
    ]
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const pair = (certificate: string, key: string) =>
      told('Secret', {
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
      })
    assert.deepEqual(pair(one.certificate, one.key), [])
    assert.deepEqual(pair(one.certificate, other.key), [
      'tls: private key does not match public key',
    ])
    assert.deepEqual(pair('x', one.key), ['tls: failed to find any PEM data in certificate input'])
    assert.deepEqual(pair(one.certificate, ''), ['tls: failed to find any PEM data in key input'])
    assert.match(String(pair(one.key, one.certificate)), /PEM inputs may have been switched$/)
    assert.match(String(pair(one.certificate, one.certificate)), /^tls: found a certificate rather/)
  })
})
