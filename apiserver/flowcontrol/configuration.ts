/**
 * The flow schemas and priority levels that every cluster has from the beginning, as Kubernetes suggests them: leases
 * and nodes' own reports stand apart from everything else, so that no client can starve them. Administrators may change
 * all but the mandatory ones.
 */

import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'

type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]
type Subject = Rules['subjects'][number]

const autoUpdate = { 'apf.kubernetes.io/autoupdate-spec': 'true' }
const apiVersion = 'flowcontrol.apiserver.k8s.io/v1'

const group = (name: string): Subject => ({ kind: 'Group', group: { name } })
const user = (name: string): Subject => ({ kind: 'User', user: { name } })
const systemAccount = (name: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace: 'kube-system', name },
})

const everybody = [group('system:unauthenticated'), group('system:authenticated')]
const controllers = user('system:kube-controller-manager')
const scheduler = user('system:kube-scheduler')

const all = ['*']

function anything(subjects: Subject[]): Rules {
  return {
    subjects,
    resourceRules: [
      { verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true },
    ],
    nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
  }
}

const election = ['get', 'create', 'update']
const leases = (verbs: string[], namespaces: string[]) => ({
  verbs,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces,
})

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  rules: Rules[],
): FlowSchema {
  return {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name, annotations: autoUpdate },
    spec: {
      matchingPrecedence,
      priorityLevelConfiguration: { name: level },
      ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
      rules,
    },
  }
}

/** In no particular order; `matchingPrecedence` decides. */
export const flowSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, [anything([group('system:masters')])]),
  schema('probes', 'exempt', 2, undefined, [
    {
      subjects: everybody,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    },
  ]),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', [
    { subjects: [controllers, scheduler], resourceRules: [leases(election, all)] },
  ]),
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', [
    {
      subjects: [controllers, systemAccount('endpoint-controller')],
      resourceRules: [
        { verbs: election, apiGroups: [''], resources: ['endpoints'], namespaces: all },
      ],
    },
  ]),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', [
    { subjects: [systemAccount('*')], resourceRules: [leases(election, all)] },
  ]),
  schema('system-node-high', 'node-high', 400, 'ByUser', [
    {
      subjects: [group('system:nodes')],
      resourceRules: [
        {
          verbs: all,
          apiGroups: [''],
          resources: ['nodes', 'nodes/status'],
          clusterScope: true,
          namespaces: all,
        },
        leases(all, all),
      ],
    },
  ]),
  schema('system-nodes', 'system', 500, 'ByUser', [anything([group('system:nodes')])]),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', [anything([controllers])]),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', [anything([scheduler])]),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [
    anything([systemAccount('*')]),
  ]),
  schema('service-accounts', 'workload-low', 9_000, 'ByUser', [
    anything([group('system:serviceaccounts')]),
  ]),
  schema('global-default', 'global-default', 9_900, 'ByUser', [anything(everybody)]),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', [anything(everybody)]),
]

interface Shares {
  nominalConcurrencyShares: number
  lendablePercent: number
}

function limited(
  name: string,
  shares: Shares,
  queuing?: { queues: number; handSize: number; queueLengthLimit: number },
): PriorityLevelConfiguration {
  return {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, annotations: autoUpdate },
    spec: {
      type: 'Limited',
      limited: {
        ...shares,
        limitResponse: queuing ? { type: 'Queue', queuing } : { type: 'Reject' },
      },
    },
  }
}

const many = { queues: 128, handSize: 6, queueLengthLimit: 50 }
const some = { queues: 64, handSize: 6, queueLengthLimit: 50 }
const few = { queues: 16, handSize: 4, queueLengthLimit: 50 }

export const priorityLevels: readonly PriorityLevelConfiguration[] = [
  {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'exempt', annotations: autoUpdate },
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  limited('catch-all', { nominalConcurrencyShares: 5, lendablePercent: 0 }),
  limited('system', { nominalConcurrencyShares: 30, lendablePercent: 33 }, some),
  limited('node-high', { nominalConcurrencyShares: 40, lendablePercent: 25 }, some),
  limited('leader-election', { nominalConcurrencyShares: 10, lendablePercent: 0 }, few),
  limited('workload-high', { nominalConcurrencyShares: 40, lendablePercent: 50 }, many),
  limited('workload-low', { nominalConcurrencyShares: 100, lendablePercent: 90 }, many),
  limited('global-default', { nominalConcurrencyShares: 20, lendablePercent: 50 }, many),
]

/** Nobody can take these away: the server falls back on them. */
export const mandatory: ReadonlySet<string> = new Set(['exempt', 'catch-all'])
