/** Which groups clients should prefer where several have a kind of one name: in this order they are told of. */

const priorities = new Map([
  ['', 18_000],
  ['apps', 17_800],
  ['events.k8s.io', 17_750],
  ['authentication.k8s.io', 17_700],
  ['authorization.k8s.io', 17_600],
  ['autoscaling', 17_500],
  ['batch', 17_400],
  ['certificates.k8s.io', 17_300],
  ['networking.k8s.io', 17_200],
  ['policy', 17_100],
  ['rbac.authorization.k8s.io', 17_000],
  ['storage.k8s.io', 16_800],
  ['apiextensions.k8s.io', 16_700],
  ['admissionregistration.k8s.io', 16_700],
  ['scheduling.k8s.io', 16_600],
  ['coordination.k8s.io', 16_500],
  ['node.k8s.io', 16_300],
  ['discovery.k8s.io', 16_200],
  ['flowcontrol.apiserver.k8s.io', 16_100],
  ['resource.k8s.io', 15_900],
])
/** Before all others, since it is what the order itself is read from. */
const first = 'apiregistration.k8s.io'
const custom = 1_000

export const groupPriority = (group: string): number => priorities.get(group) ?? custom

/** For sorting: the core group, the built-in ones by priority, custom ones by name. */
export function compareGroups(one: string, other: string): number {
  if (one === other) return 0
  if (one === '' || other === '') return one === '' ? -1 : 1
  if (one === first || other === first) return one === first ? -1 : 1
  return groupPriority(other) - groupPriority(one) || (one < other ? -1 : 1)
}
