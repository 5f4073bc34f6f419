/** What people write about an app, and what they read back: an image goes in, a URL comes out. */

import {
  anything,
  conditions,
  dateTime,
  enumeration,
  int,
  kind,
  listMap,
  map,
  type ObjectOf,
  object,
  type Pod,
  quantity,
  rule,
  string,
  unknownFields,
} from '../../controllers/framework/index.ts'

type Container = NonNullable<Pod['spec']>['containers'][number]
type EnvVar = NonNullable<Container['env']>[number]

const environment = listMap(
  'name',
  object({
    name: string().min(1).max(256),
    value: string().max(32_768).optional(),
    valueFrom: unknownFields<NonNullable<EnvVar['valueFrom']>>()
      .describe('As in a container: a key of a ConfigMap or Secret, a field.')
      .optional(),
  }),
).max(256)

const resources = object({
  requests: map(quantity()).max(16).optional(),
  limits: map(quantity()).max(16).optional(),
})

/** Everything of the spec that pods are made of: together with a digest it is a revision. */
const pods = {
  port: int().min(1).max(65_535).describe('Where the container listens.'),
  env: environment.optional(),
  resources: resources.optional(),
  healthPath: string()
    .pattern(/^\//)
    .max(1024)
    .describe(
      'Answers 200 when the container is ready; without it, ready is what takes a connection.',
    )
    .optional(),
}

const revision = {
  revision: int().min(1),
  digest: string(),
  release: string().describe('Tells digest and settings apart from all others.'),
}

export const App = kind({ group: 'demo.example.com', name: 'App' }).version('v1', {
  description:
    'An image that answers at a URL, rolled anew when its tag moves, back when that fails.',
  spec: object({
    image: string()
      .min(1)
      .max(512)
      .pattern(/^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/)
      .describe('REGISTRY/NAME:TAG is followed as the tag moves; NAME@sha256:... stays.'),
    pullSecret: string()
      .max(253)
      .describe('A Secret of type kubernetes.io/dockerconfigjson.')
      .optional(),
    ...pods,
    scale: object({
      min: int().min(1).max(1000).default(1),
      max: int().min(1).max(1000).describe('min unless told.').optional(),
    })
      .rule('!has(self.max) || self.min <= self.max', 'min must not be greater than max')
      .default({})
      .describe(
        'How many pods there may be. In between, others decide: an autoscaler, kubectl scale.',
      ),
    expose: enumeration('ClusterIP', 'NodePort')
      .default('ClusterIP')
      .describe('NodePort answers outside of the cluster too.'),
    progressDeadlineSeconds: int()
      .min(2)
      .max(86_400)
      .default(60)
      .describe('How long a new revision may make no progress before the last good one returns.'),
    minReadySeconds: int()
      .min(0)
      .max(3600)
      .default(5)
      .describe('How long a new pod must stay ready until an old one goes.'),
    historyLimit: int()
      .min(0)
      .max(50)
      .default(5)
      .describe('How many past revisions are remembered.'),
  }).rule(
    'self.progressDeadlineSeconds > self.minReadySeconds',
    'progressDeadlineSeconds must be greater than minReadySeconds',
  ),
  status: object({
    observedGeneration: int().optional(),
    url: string().optional(),
    revision: int().describe('The one that pods are made of.').optional(),
    replicas: int().optional(),
    ready: int().describe('Pods that answer.').optional(),
    image: object({
      reference: string().describe('spec.image when it was last resolved.').optional(),
      resolved: string().describe('The digest that the registry named for it.').optional(),
      digest: string().describe('The digest that pods are made of.').optional(),
      lastGood: string().describe('The digest of the last revision that came up.').optional(),
    }).optional(),
    lastGood: object({
      ...revision,
      settings: anything<Settings>().describe('What its pods were made of beside the image.'),
    })
      .describe('What returns when a newer revision fails.')
      .optional(),
    history: listMap(
      'revision',
      object({
        ...revision,
        startedAt: dateTime(),
        outcome: enumeration('RollingOut', 'Good', 'Failed', 'Superseded'),
        message: string().describe('Why it failed.').optional(),
        progressDeadlineSeconds: int().describe('The deadline that it failed to meet.').optional(),
      }),
    )
      .max(60)
      .optional(),
    conditions: conditions(),
  }),
  rules: [
    rule("self.metadata.name.matches('^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$')", {
      message: 'an app is called as its Service: 63 characters of a-z, 0-9 and -, a letter first',
    }),
  ],
  columns: {
    URL: '.status.url',
    Ready: '.status.conditions[?(@.type=="Ready")].status',
    Pods: '.status.ready',
    Revision: '.status.revision',
    'Rolled back': '.status.conditions[?(@.type=="RolledBack")].status',
    Image: { path: '.spec.image', priority: 1 },
    Digest: { path: '.status.image.digest', priority: 1 },
    Why: { path: '.status.conditions[?(@.type=="RolledBack")].message', priority: 1 },
    Age: { path: '.metadata.creationTimestamp', type: 'date' },
  },
})
export type App = ObjectOf<typeof App>
export type Spec = App['spec']
export type Status = NonNullable<App['status']>
export type Entry = NonNullable<Status['history']>[number]
export type LastGood = NonNullable<Status['lastGood']>

/** What pods are made of beside the image, as it stands in the spec. */
export type Settings = {
  /** `REGISTRY/NAME`, without tag and digest. */
  image: string
  port: number
  env?: EnvVar[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  healthPath?: string
  pullSecret?: string
}
