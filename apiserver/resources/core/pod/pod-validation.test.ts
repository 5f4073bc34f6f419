import assert from 'node:assert/strict'
import type { Container, Pod, PodSpec, Volume } from '../../../../api/types.ts'
import { definition } from '../../../schema/schema.ts'
import { container, created, pod } from '../../examples.ts'
import { pods } from '../pod.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

const withSpec = (more: Partial<PodSpec>): Pod =>
  pod((one) => {
    one.spec = { containers: [container()], ...more }
  })
const withContainer = (more: Partial<Container>): Pod => withSpec({ containers: [container(more)] })
const withVolume = (volume: Volume): Pod => withSpec({ volumes: [volume] })
const mounted = (mount: object, volume: Volume = { name: 'v', emptyDir: {} }): Pod =>
  withSpec({
    volumes: [volume],
    containers: [container({ volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] })],
  })

/** What it is about, a pod that is refused with these words, and one that is only nearly so. */
type Rule = [about: string, bad: Pod, errors: string[], near: Pod]

const c = 'spec.containers[0]'

const containers: Rule[] = [
  [
    'there is a container',
    withSpec({ containers: [] }),
    ['spec.containers: Required value'],
    withSpec({}),
  ],
  [
    'a container has a name',
    withContainer({ name: '' }),
    [`${c}.name: Required value`],
    withContainer({ name: 'w' }),
  ],
  [
    "a container's name is a label",
    withContainer({ name: 'Web' }),
    [`${c}.name: Invalid value: "Web": ${label}`],
    withContainer({ name: 'web-1' }),
  ],
  [
    "a container's name has no dots",
    withContainer({ name: 'a.b' }),
    [`${c}.name: Invalid value: "a.b": must not contain dots`],
    withContainer({ name: 'a-b' }),
  ],
  [
    "a container's name is short",
    withContainer({ name: 'a'.repeat(64) }),
    [`${c}.name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 characters`],
    withContainer({ name: 'a'.repeat(63) }),
  ],
  [
    'names are unique',
    withSpec({ containers: [container(), container()] }),
    ['spec.containers[1].name: Duplicate value: "web"'],
    withSpec({ containers: [container(), container({ name: 'b' })] }),
  ],
  [
    'names are unique among init containers too',
    withSpec({ initContainers: [container()] }),
    ['spec.initContainers[0].name: Duplicate value: "web"'],
    withSpec({ initContainers: [container({ name: 'b' })] }),
  ],
  [
    'a container has an image',
    withContainer({ image: '' }),
    [`${c}.image: Required value`],
    withContainer({ image: 'a' }),
  ],
  [
    'an image has no spaces around it',
    withContainer({ image: 'a ' }),
    [`${c}.image: Invalid value: "a ": must not have leading or trailing whitespace`],
    withContainer({ image: 'a' }),
  ],
  [
    'pull policies are known',
    withContainer({ imagePullPolicy: 'Sometimes' }),
    [
      `${c}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
    ],
    withContainer({ imagePullPolicy: 'Never' }),
  ],
  [
    'containers that restart by rules say what they do otherwise',
    withContainer({
      restartPolicyRules: [
        { action: 'Stop' },
        { action: 'Restart', exitCodes: { operator: 'Is' } },
      ],
    }),
    [
      `${c}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
      `${c}.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"`,
      `${c}.restartPolicyRules[0].exitCodes: Required value: must be specified`,
      `${c}.restartPolicyRules[1].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"`,
    ],
    withContainer({
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
    }),
  ],
  [
    'restart policies are known',
    withContainer({ restartPolicy: 'Sometimes' }),
    [
      `${c}.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"`,
    ],
    withSpec({ initContainers: [container({ name: 'b', restartPolicy: 'Always' })] }),
  ],
  [
    'init containers have no probes',
    withSpec({
      initContainers: [container({ name: 'b', livenessProbe: { exec: { command: ['a'] } } })],
    }),
    [
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    withSpec({
      initContainers: [
        container({
          name: 'b',
          restartPolicy: 'Always',
          livenessProbe: { exec: { command: ['a'] } },
        }),
      ],
    }),
  ],
]

const ports: Rule[] = [
  [
    'a port has a number',
    withContainer({ ports: [{ containerPort: 0 }] }),
    [`${c}.ports[0].containerPort: Required value`],
    withContainer({ ports: [{ containerPort: 1 }] }),
  ],
  [
    'a port is in range',
    withContainer({ ports: [{ containerPort: 65536 }] }),
    [`${c}.ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive`],
    withContainer({ ports: [{ containerPort: 65535 }] }),
  ],
  [
    "a port's name is short and has a letter",
    withContainer({ ports: [{ containerPort: 1, name: '0123456789012345' }] }),
    [
      `${c}.ports[0].name: Invalid value: "0123456789012345": must be no more than 15 characters`,
      `${c}.ports[0].name: Invalid value: "0123456789012345": must contain at least one letter (a-z)`,
    ],
    withContainer({ ports: [{ containerPort: 1, name: '01234567890123a' }] }),
  ],
  [
    "ports' names are unique in a container",
    withContainer({
      ports: [
        { containerPort: 1, name: 'a' },
        { containerPort: 2, name: 'a' },
      ],
    }),
    [`${c}.ports[1].name: Duplicate value: "a"`],
    withContainer({
      ports: [
        { containerPort: 1, name: 'a' },
        { containerPort: 2, name: 'b' },
      ],
    }),
  ],
  [
    'protocols are known',
    withContainer({ ports: [{ containerPort: 1, protocol: 'HTTP' }] }),
    [`${c}.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"`],
    withContainer({ ports: [{ containerPort: 1, protocol: 'SCTP' }] }),
  ],
  [
    "two containers do not share a port of the node's",
    withSpec({
      containers: [
        container({ ports: [{ containerPort: 1, hostPort: 80 }] }),
        container({ name: 'b', ports: [{ containerPort: 2, hostPort: 80 }] }),
      ],
    }),
    ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
    withSpec({
      containers: [
        container({ ports: [{ containerPort: 1, hostPort: 80 }] }),
        container({ name: 'b', ports: [{ containerPort: 2, hostPort: 80, protocol: 'UDP' }] }),
      ],
    }),
  ],
  [
    "with the node's network ports are the node's",
    withSpec({
      hostNetwork: true,
      containers: [container({ ports: [{ containerPort: 1, hostPort: 2 }] })],
    }),
    [
      `${c}.ports[0].hostPort: Invalid value: 2: must match \`containerPort\` when \`hostNetwork\` is true`,
    ],
    withSpec({
      hostNetwork: true,
      containers: [container({ ports: [{ containerPort: 2, hostPort: 2 }] })],
    }),
  ],
]

const environment: Rule[] = [
  [
    'a variable has a name',
    withContainer({ env: [{ name: '' }] }),
    [`${c}.env[0].name: Required value`],
    withContainer({ env: [{ name: 'a.b-C d' }] }),
  ],
  [
    "a variable's name has no =",
    withContainer({ env: [{ name: 'a=b' }] }),
    [
      `${c}.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
    withContainer({ env: [{ name: '1a' }] }),
  ],
  [
    'a variable has one source',
    withContainer({ env: [{ name: 'a', valueFrom: {} }] }),
    [
      `${c}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\` or \`secretKeyRef\``,
    ],
    withContainer({
      env: [{ name: 'a', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    }),
  ],
  [
    'a variable has not both a value and a source',
    withContainer({
      env: [{ name: 'a', value: 'b', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    }),
    [`${c}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
    withContainer({
      env: [{ name: 'a', value: '', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    }),
  ],
  [
    'a Secret of another namespace cannot be named',
    withContainer({
      env: [{ name: 'a', valueFrom: { secretKeyRef: { name: 'kube-system/s', key: 'k' } } }],
    }),
    [`${c}.env[0].valueFrom.secretKeyRef.name: Invalid value: "kube-system/s": ${subdomain}`],
    withContainer({
      env: [{ name: 'a', valueFrom: { secretKeyRef: { name: 'kube-system.s', key: 'k' } } }],
    }),
  ],
  [
    'a ConfigMap of another namespace cannot be named',
    withContainer({ envFrom: [{ configMapRef: { name: '../c' } }] }),
    [`${c}.envFrom[0].configMapRef.name: Invalid value: "../c": ${subdomain}`],
    withContainer({ envFrom: [{ configMapRef: { name: 'c' }, prefix: 'A_' }] }),
  ],
  [
    'fields are known',
    withContainer({ env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'status.x' } } }] }),
    [
      `${c}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "status.x": error converting fieldPath: field label not supported: status.x`,
    ],
    withContainer({
      env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }],
    }),
  ],
  [
    'all labels at once are no variable',
    withContainer({
      env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }],
    }),
    [
      `${c}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
    ],
    withContainer({
      env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'status.hostIPs' } } }],
    }),
  ],
  [
    'divisors fit the resource',
    withContainer({
      env: [
        {
          name: 'a',
          valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1Mi' } },
        },
      ],
    }),
    [
      `${c}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
    withContainer({
      env: [
        {
          name: 'a',
          valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
        },
      ],
    }),
  ],
]

const probes: Rule[] = [
  [
    'a probe does something',
    withContainer({ livenessProbe: {} }),
    [`${c}.livenessProbe: Required value: must specify a handler type`],
    withContainer({ livenessProbe: { tcpSocket: { port: 80 } } }),
  ],
  [
    'a probe does one thing',
    withContainer({ readinessProbe: { exec: { command: ['a'] }, httpGet: { port: 80 } } }),
    [`${c}.readinessProbe.httpGet: Forbidden: may not specify more than 1 handler type`],
    withContainer({ readinessProbe: { exec: { command: ['a'] } } }),
  ],
  [
    'a probe runs a command',
    withContainer({ livenessProbe: { exec: {} } }),
    [`${c}.livenessProbe.exec.command: Required value`],
    withContainer({ livenessProbe: { exec: { command: [''] } } }),
  ],
  [
    'a probe asks a port that can be',
    withContainer({ livenessProbe: { httpGet: { port: 0 } } }),
    [`${c}.livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`],
    withContainer({ livenessProbe: { httpGet: { port: 'http' } } }),
  ],
  [
    'a liveness probe needs one success',
    withContainer({ livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
    [`${c}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    withContainer({ readinessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
  ],
  [
    "a probe's numbers are not negative",
    withContainer({ livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: -1 } }),
    [`${c}.livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`],
    withContainer({ livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }),
  ],
  [
    'a readiness probe kills nobody',
    withContainer({
      readinessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 1 },
    }),
    [
      `${c}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes`,
    ],
    withContainer({
      startupProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 1 },
    }),
  ],
  [
    'headers have names',
    withContainer({
      livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'X Y', value: '' }] } },
    }),
    [
      `${c}.livenessProbe.httpGet.httpHeaders: Invalid value: "X Y": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
    ],
    withContainer({
      livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'X-Y', value: '' }] } },
    }),
  ],
  [
    'a hook sleeps no longer than the pod may',
    withContainer({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
    [
      `${c}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
    withContainer({ lifecycle: { preStop: { sleep: { seconds: 30 } } } }),
  ],
]

const amounts: Rule[] = [
  [
    'nobody requests more than the limit',
    withContainer({ resources: { limits: { cpu: '500m' }, requests: { cpu: '600m' } } }),
    [
      `${c}.resources.requests: Invalid value: "600m": must be less than or equal to cpu limit of 500m`,
    ],
    withContainer({ resources: { limits: { cpu: '500m' }, requests: { cpu: '0.5' } } }),
  ],
  [
    'amounts are not negative',
    withContainer({ resources: { requests: { memory: '-1' } } }),
    [`${c}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`],
    withContainer({ resources: { requests: { memory: '0' } } }),
  ],
  [
    'amounts are amounts',
    withContainer({ resources: { requests: { memory: 'much' } } }),
    [
      `${c}.resources.requests[memory]: Invalid value: "much": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
    withContainer({ resources: { requests: { memory: '1Mi' } } }),
  ],
  [
    'resources without a domain are known',
    withContainer({ resources: { limits: { gpu: '1' } } }),
    ['limits', 'requests'].flatMap((list) => [
      `${c}.resources.${list}[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
      `${c}.resources.${list}[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
    ]),
    withContainer({ resources: { limits: { 'example.com/gpu': '1' } } }),
  ],
  [
    'what cannot be shared comes whole',
    withContainer({ resources: { limits: { 'example.com/gpu': '500m' } } }),
    ['limits', 'requests'].map(
      (list) =>
        `${c}.resources.${list}[example.com/gpu]: Invalid value: "500m": must be an integer`,
    ),
    withContainer({ resources: { limits: { 'example.com/gpu': '2' } } }),
  ],
  [
    'what cannot be shared has a limit',
    withContainer({ resources: { requests: { 'example.com/gpu': '1' } } }),
    [`${c}.resources.limits: Required value: Limit must be set for non overcommitable resources`],
    withContainer({
      resources: { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } },
    }),
  ],
  [
    'huge pages go with memory',
    withContainer({ resources: { limits: { 'hugepages-2Mi': '4Mi' } } }),
    [`${c}.resources: Forbidden: HugePages require cpu or memory`],
    withContainer({ resources: { limits: { 'hugepages-2Mi': '4Mi', memory: '1Mi' } } }),
  ],
]

const volumes: Rule[] = [
  [
    'a volume has a name',
    withVolume({ name: '' }),
    ['spec.volumes[0].name: Required value'],
    withVolume({ name: 'v' }),
  ],
  [
    'volumes have names of their own',
    withSpec({ volumes: [{ name: 'v' }, { name: 'v' }] }),
    ['spec.volumes[1].name: Duplicate value: "v"'],
    withSpec({ volumes: [{ name: 'v' }, { name: 'w' }] }),
  ],
  [
    'a volume has one source',
    withVolume({ name: 'v', emptyDir: {}, hostPath: { path: '/' } }),
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    withVolume({ name: 'v', hostPath: { path: '/' } }),
  ],
  [
    'a path on the node does not go up',
    withVolume({ name: 'v', hostPath: { path: '/a/../b' } }),
    [`spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    withVolume({ name: 'v', hostPath: { path: '/a/..b' } }),
  ],
  [
    'a path on the node is of a known type',
    withVolume({ name: 'v', hostPath: { path: '/a', type: 'Dir' } }),
    [
      'spec.volumes[0].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
    withVolume({ name: 'v', hostPath: { path: '/a', type: 'Directory' } }),
  ],
  [
    'a Secret has a name',
    withVolume({ name: 'v', secret: {} }),
    ['spec.volumes[0].secret.secretName: Required value'],
    withVolume({ name: 'v', secret: { secretName: 's' } }),
  ],
  [
    "a Secret's name does not lead into another namespace",
    withVolume({ name: 'v', secret: { secretName: 'kube-system/s' } }),
    [`spec.volumes[0].secret.secretName: Invalid value: "kube-system/s": ${subdomain}`],
    withVolume({ name: 'v', secret: { secretName: 'kube-system-s' } }),
  ],
  [
    "a claim's name does not lead into another namespace",
    withVolume({ name: 'v', persistentVolumeClaim: { claimName: 'a/b' } }),
    [`spec.volumes[0].persistentVolumeClaim.claimName: Invalid value: "a/b": ${subdomain}`],
    withVolume({ name: 'v', persistentVolumeClaim: { claimName: 'ab' } }),
  ],
  [
    'files stay in their volume',
    withVolume({ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: '../k' }] } }),
    [`spec.volumes[0].configMap.items[0].path: Invalid value: "../k": must not contain '..'`],
    withVolume({ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'a/k' }] } }),
  ],
  [
    "files do not take the node's own names",
    withVolume({ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: '..data' }] } }),
    [`spec.volumes[0].configMap.items[0].path: Invalid value: "..data": must not start with '..'`],
    withVolume({ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: '.data' }] } }),
  ],
  [
    'modes are modes',
    withVolume({ name: 'v', configMap: { name: 'c', defaultMode: 0o1000 } }),
    [
      'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
    withVolume({ name: 'v', configMap: { name: 'c', defaultMode: 0o777 } }),
  ],
  [
    'two sources do not write the same file',
    withVolume({
      name: 'v',
      projected: {
        sources: [
          { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
          { configMap: { name: 'c', items: [{ key: 'b', path: 'x' }] } },
        ],
      },
    }),
    ['spec.volumes[0].projected: Invalid value: "x": conflicting duplicate paths'],
    withVolume({
      name: 'v',
      projected: {
        sources: [
          { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
          { configMap: { name: 'c', items: [{ key: 'b', path: 'y' }] } },
        ],
      },
    }),
  ],
  [
    'a token lives ten minutes at least',
    withSpec({
      serviceAccountName: 'a',
      volumes: [
        {
          name: 'v',
          projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 599 } }] },
        },
      ],
    }),
    [
      'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    withSpec({
      serviceAccountName: 'a',
      volumes: [
        {
          name: 'v',
          projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 600 } }] },
        },
      ],
    }),
  ],
  [
    'a token is of a service account',
    withVolume({
      name: 'v',
      projected: { sources: [{ serviceAccountToken: { path: 't' } }] },
    }),
    [
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
    withSpec({
      serviceAccountName: 'a',
      volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
    }),
  ],
]

const mounts: Rule[] = [
  [
    'what is mounted is there',
    mounted({ name: 'w' }),
    [`${c}.volumeMounts[0].name: Not found: "w"`],
    mounted({}),
  ],
  [
    'a place is taken once',
    withSpec({
      volumes: [{ name: 'v' }, { name: 'w' }],
      containers: [
        container({
          volumeMounts: [
            { name: 'v', mountPath: '/v' },
            { name: 'w', mountPath: '/v' },
          ],
        }),
      ],
    }),
    [`${c}.volumeMounts[1].mountPath: Invalid value: "/v": must be unique`],
    withSpec({
      volumes: [{ name: 'v' }],
      containers: [
        container({
          volumeMounts: [
            { name: 'v', mountPath: '/v' },
            { name: 'v', mountPath: '/w' },
          ],
        }),
      ],
    }),
  ],
  [
    'a part of a volume is in the volume',
    mounted({ subPath: 'a/../../etc' }),
    [`${c}.volumeMounts[0].subPath: Invalid value: "a/../../etc": must not contain '..'`],
    mounted({ subPath: 'a/..b' }),
  ],
  [
    'a part of a volume is named from the volume on',
    mounted({ subPath: '/etc' }),
    [`${c}.volumeMounts[0].subPath: Invalid value: "/etc": must be a relative path`],
    mounted({ subPath: 'etc' }),
  ],
  [
    'one way of naming the part',
    mounted({ subPath: 'a', subPathExpr: '$(A)' }),
    [
      `${c}.volumeMounts[0].subPathExpr: Invalid value: "$(A)": subPathExpr and subPath are mutually exclusive`,
    ],
    mounted({ subPathExpr: '$(A)' }),
  ],
  [
    'only the privileged mount for others',
    mounted({ mountPropagation: 'Bidirectional' }),
    [
      `${c}.volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    ],
    mounted({ mountPropagation: 'HostToContainer' }),
  ],
]

const security: Rule[] = [
  [
    'a local seccomp profile has a name',
    withSpec({ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: '' } } }),
    [
      'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
    withSpec({
      securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' } },
    }),
  ],
  [
    'a local seccomp profile is among the profiles',
    withContainer({
      securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: '../b' } },
    }),
    [
      `${c}.securityContext.seccompProfile.localhostProfile: Invalid value: "../b": must not contain '..'`,
    ],
    withContainer({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }),
  ],
  [
    'users are numbers of 32 bits',
    withContainer({ securityContext: { runAsUser: -1 } }),
    [
      `${c}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 4294967295, inclusive`,
    ],
    withContainer({ securityContext: { runAsUser: 4294967295 } }),
  ],
  [
    'the privileged cannot be held back',
    withContainer({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    [
      `${c}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
    ],
    withContainer({ securityContext: { privileged: true } }),
  ],
  [
    "the node's settings are not the pod's",
    withSpec({
      hostNetwork: true,
      securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] },
    }),
    [
      `spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when 'hostNetwork' is true`,
    ],
    withSpec({ securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } }),
  ],
]

const key =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const placement: Rule[] = [
  [
    'node selectors are labels',
    withSpec({ nodeSelector: { 'a b': 'c' } }),
    [`spec.nodeSelector: Invalid value: "a b": ${key}`],
    withSpec({ nodeSelector: { 'a.b/c': '' } }),
  ],
  [
    'tolerations of all are so by Exists',
    withSpec({ tolerations: [{ effect: 'NoSchedule' }] }),
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    withSpec({ tolerations: [{ operator: 'Exists' }] }),
  ],
  [
    'seconds of tolerance are for who is there already',
    withSpec({ tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }] }),
    [
      `spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
    ],
    withSpec({ tolerations: [{ key: 'a', effect: 'NoExecute', tolerationSeconds: 1 }] }),
  ],
  [
    'what exists has no value',
    withSpec({ tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }),
    [
      `spec.tolerations[0].operator: Invalid value: "b": value must be empty when \`operator\` is 'Exists'`,
    ],
    withSpec({ tolerations: [{ key: 'a', value: 'b' }] }),
  ],
  [
    'affinity has terms',
    withSpec({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
        },
      },
    }),
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
    withSpec({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
          },
        },
      },
    }),
  ],
  [
    'affinity is to a place',
    withSpec({
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] },
      },
    }),
    [
      'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
    ],
    withSpec({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a/b' }],
        },
      },
    }),
  ],
  [
    'spread is over something',
    withSpec({
      topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'Wait' }],
    }),
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Wait": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
    withSpec({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    }),
  ],
  [
    'a pod that waits at a gate is not yet anywhere',
    withSpec({ nodeName: 'one', schedulingGates: [{ name: 'a' }] }),
    ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    withSpec({ schedulingGates: [{ name: 'a' }] }),
  ],
]

const whole: Rule[] = [
  [
    'restart policies are known',
    withSpec({ restartPolicy: 'Maybe' }),
    [
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ],
    withSpec({ restartPolicy: 'OnFailure' }),
  ],
  [
    'own DNS names its servers',
    withSpec({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    withSpec({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.2.3.4'] } }),
  ],
  [
    'no more name servers than a resolver takes',
    withSpec({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } }),
    [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
    withSpec({ dnsConfig: { nameservers: ['1.1.1.1', '::1'], searches: ['_a.b', '.'] } }),
  ],
  [
    'a deadline is at least a second',
    withSpec({ activeDeadlineSeconds: 0 }),
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    withSpec({ activeDeadlineSeconds: 1 }),
  ],
  [
    'a host name is a label',
    withSpec({ hostname: 'a.b' }),
    ['spec.hostname: Invalid value: "a.b": must not contain dots'],
    withSpec({ hostname: 'a-b' }),
  ],
  [
    'aliases are of addresses',
    withSpec({ hostAliases: [{ ip: 'a', hostnames: ['b'] }] }),
    [
      'spec.hostAliases[0].ip: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    withSpec({ hostAliases: [{ ip: '::1', hostnames: ['b.c'] }] }),
  ],
  [
    'debugging comes later',
    withSpec({ ephemeralContainers: [{ name: 'b', image: 'c' }] }),
    ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    withSpec({ ephemeralContainers: [] }),
  ],
  [
    'claims are of one thing each',
    withSpec({ resourceClaims: [{ name: 'a' }, { name: 'a', resourceClaimName: 'b' }] }),
    [
      'spec.resourceClaims[0]: Invalid value: {"name":"a"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      'spec.resourceClaims[1].name: Duplicate value: "a"',
    ],
    withSpec({ resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] }),
  ],
  [
    'containers claim what their pod claims',
    withSpec({
      resourceClaims: [{ name: 'a', resourceClaimName: 'b' }],
      containers: [container({ resources: { claims: [{ name: 'c' }] } })],
    }),
    [
      'spec.containers[0].resources.claims[0]: Not found: "c": must be one of the names in pod.spec.resourceClaims (a)',
    ],
    withSpec({
      resourceClaims: [{ name: 'a', resourceClaimName: 'b' }],
      containers: [container({ resources: { claims: [{ name: 'a' }] } })],
    }),
  ],
  [
    'containers fit into what the pod has as a whole',
    withSpec({
      resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
      containers: [container({ resources: { requests: { cpu: '1500m' }, limits: { cpu: '3' } } })],
    }),
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
      'spec.containers[0].resources.limits[cpu]: Invalid value: "3": must be less than or equal to pod limits of 2',
    ],
    withSpec({
      resources: { limits: { cpu: '2' } },
      containers: [container({ resources: { requests: { cpu: '1500m' } } })],
    }),
  ],
  [
    'a pod as a whole has CPU, memory and huge pages',
    withSpec({ resources: { limits: { 'ephemeral-storage': '1' } } }),
    [
      'spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "memory"',
      'spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "memory"',
    ],
    withSpec({ resources: { limits: { memory: '1' } } }),
  ],
]

describe('pod validation', () => {
  const groups = {
    containers,
    ports,
    environment,
    probes,
    amounts,
    volumes,
    mounts,
    security,
    placement,
    whole,
  }
  for (const [group, rules] of Object.entries(groups))
    describe(group, () => {
      for (const [about, bad, errors, near] of rules) {
        it(about, () => assert.deepEqual(created(pods, bad), errors))
        it(`${about}: nearly so`, () => assert.deepEqual(created(pods, near), []))
      }
    })

  it('every value that the API lists is taken', () => {
    const refused: string[] = []
    const check = (name: string, field: string, make: (value: string) => Pod) => {
      const known = definition(`io.k8s.api.core.v1.${name}`).fields.get(field)?.enum
      assert.ok(known && known.length > 0, `${name}.${field} lists its values`)
      for (const value of known) refused.push(...created(pods, make(value)))
      assert.notDeepEqual(created(pods, make('Nonsense')), [], `${name}.${field}: Nonsense`)
    }
    check('PodSpec', 'restartPolicy', (restartPolicy) => withSpec({ restartPolicy }))
    check('PodSpec', 'dnsPolicy', (dnsPolicy) =>
      withSpec({ dnsPolicy, dnsConfig: { nameservers: ['1.1.1.1'] } }),
    )
    check('PodSpec', 'preemptionPolicy', (preemptionPolicy) => withSpec({ preemptionPolicy }))
    check('Container', 'imagePullPolicy', (imagePullPolicy) => withContainer({ imagePullPolicy }))
    check('Container', 'terminationMessagePolicy', (terminationMessagePolicy) =>
      withContainer({ terminationMessagePolicy }),
    )
    check('ContainerPort', 'protocol', (protocol) =>
      withContainer({ ports: [{ containerPort: 1, protocol }] }),
    )
    check('HTTPGetAction', 'scheme', (scheme) =>
      withContainer({ livenessProbe: { httpGet: { port: 1, scheme } } }),
    )
    check('HostPathVolumeSource', 'type', (type) =>
      withVolume({ name: 'v', hostPath: { path: '/', type } }),
    )
    check('TopologySpreadConstraint', 'whenUnsatisfiable', (whenUnsatisfiable) =>
      withSpec({
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable }],
      }),
    )
    assert.deepEqual(refused, [])
  })
})

describe('new pods', () => {
  it('begin pending, of a class of service, whatever they say', () => {
    const object = pod((one) => {
      one.status = { phase: 'Running', podIP: '1.2.3.4' }
    })
    assert.deepEqual(created(pods, object), [])
    assert.deepEqual(object.status, { phase: 'Pending', qosClass: 'BestEffort' })
  })

  const whole = { limits: { cpu: '1', memory: '1Gi' } }
  const classes: [string, Container['resources'][], string][] = [
    ['nothing said', [{}], 'BestEffort'],
    ['limits of both', [whole], 'Guaranteed'],
    ['limits of both, and less requested', [{ ...whole, requests: { cpu: '500m' } }], 'Burstable'],
    ['a limit of one', [{ limits: { cpu: '1' } }], 'Burstable'],
    ['one container without', [whole, {}], 'Burstable'],
    ['amounts of nothing', [{ requests: { cpu: '0' } }], 'BestEffort'],
    ['another resource', [{ limits: { 'ephemeral-storage': '1Gi' } }], 'BestEffort'],
  ]
  for (const [about, resources, expected] of classes)
    it(`${about}: ${expected}`, () => {
      const object = withSpec({
        containers: resources.map((one, index) =>
          container({ name: `c${index}`, resources: structuredClone(one) }),
        ),
      })
      assert.deepEqual(created(pods, object), [])
      assert.equal(object.status?.qosClass, expected)
    })

  it('that wait at a gate say so', () => {
    const object = withSpec({ schedulingGates: [{ name: 'a' }] })
    created(pods, object)
    assert.deepEqual(object.status?.conditions, [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ])
  })

  it('write the labels that are to match into their selectors', () => {
    const object = withSpec({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
          matchLabelKeys: ['pod-template-hash', 'absent'],
        },
      ],
    })
    object.metadata.labels = { app: 'web', 'pod-template-hash': 'abc' }
    assert.deepEqual(created(pods, object), [])
    assert.deepEqual(object.spec?.topologySpreadConstraints?.[0]?.labelSelector, {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'pod-template-hash', operator: 'In', values: ['abc'] }],
    })
  })

  it('are warned of names and variables that will surprise', () => {
    const object = pod((one) => {
      one.metadata.name = 'a.b'
      one.spec = { containers: [container({ env: [{ name: 'A' }, { name: 'A' }] })] }
    })
    assert.deepEqual(
      [...(pods.strategy.warnings?.(object as never) ?? [])],
      [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
        'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      ],
    )
  })
})

describe('the grace of a pod', () => {
  const grace = (change: (pod: Pod) => void, requested?: number) =>
    pods.strategy.gracePeriodSeconds?.(
      pod((one) => {
        one.spec = { containers: [], nodeName: 'one', terminationGracePeriodSeconds: 45 }
        change(one)
      }) as never,
      requested,
    )
  const nothing = () => {}

  it('is what it says', () => assert.equal(grace(nothing), 45))
  it('is what is asked for', () => assert.equal(grace(nothing, 3), 3))
  it('is none when none is asked for', () => assert.equal(grace(nothing, 0), 0))
  it('is a second when less than none is asked for', () => assert.equal(grace(nothing, -1), 1))
  it('is none before it is anywhere', () =>
    assert.equal(
      grace(({ spec }) => {
        if (spec) delete spec.nodeName
      }, 30),
      0,
    ))
  for (const phase of ['Succeeded', 'Failed'])
    it(`is none when it has ${phase.toLowerCase()}`, () =>
      assert.equal(
        grace((one) => {
          one.status = { phase }
        }),
        0,
      ))
})
