/**
 * What controllers must be allowed to do, read off their declarations. Roles are written from this list and the server
 * is asked about the same list at start, so that the two cannot drift apart. It grants nothing itself.
 */

import type { Controller, Input } from './controller.ts'
import { CustomResourceDefinition } from './custom-resource-definition.ts'
import type { Definition } from './defined-kind.ts'
import type { Kind } from './kind.ts'
import { Event, Lease } from './kinds.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** One verb on one resource. */
export interface Permission {
  verb: Verb
  /** Empty for the core group. */
  group: string
  /** `deployments`, or with a subresource `deployments/status`. */
  resource: string
  /** Everywhere without it. */
  namespace?: string
  /** Only this object. */
  name?: string
}

/** Where, and for what else, permissions are needed. */
export interface PermissionOptions {
  /** Controllers look at this namespace alone; at all of them without it, except where an input says its own. */
  watchNamespace?: string
  /** The Lease that decides who runs. */
  leaderElection?: { namespace: string; name: string }
  /** CustomResourceDefinitions that the process writes itself: `sites.demo.example.com`. */
  installs?: readonly string[]
}

/** One rule of a Role, as it stands there. */
export interface PolicyRule {
  apiGroups: string[]
  resources: string[]
  resourceNames?: string[]
  verbs: Verb[]
}

const order: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
const read: readonly Verb[] = ['get', 'list', 'watch']

const verbsOf: Record<'owns' | 'watches' | 'reads' | 'writes', readonly Verb[]> = {
  owns: order,
  watches: read,
  reads: read,
  /** Applying makes what is not there; what was removed is looked up. */
  writes: ['get', 'create', 'update', 'patch', 'delete'],
}

/**
 * Every permission that `controllers` need, each once, in a stable order: that of the primary and its `/status` and
 * `/finalizers`, of each input by its role, of the events they record, and of the Lease.
 *
 *     permissionsOf([controller(Site).owns(Deployment).reconcile(run)])
 *     // [{ verb: 'get', group: 'apps', resource: 'deployments' }, ...]
 */
export function permissionsOf(
  controllers: readonly Controller[],
  options: PermissionOptions = {},
): Permission[] {
  const { leaderElection, installs = [] } = options
  const declared = controllers.flatMap((controller) => ofController(controller, options))
  const all = [
    ...declared,
    ...controllers.flatMap((controller) => ofEvents(controller, options)),
    ...(leaderElection ? ofLease(leaderElection) : []),
    ...ofDefinitions(installs),
  ]
  const wide = new Set(all.filter(({ namespace }) => namespace === undefined).map(textOf))
  const needed = all.filter(
    ({ namespace, ...where }) => namespace === undefined || !wide.has(textOf(where)),
  )
  const distinct = new Map(needed.map((permission) => [textOf(permission), permission]))
  return [...distinct.values()].sort(byPlace)
}

function ofController(controller: Controller, options: PermissionOptions): Permission[] {
  const { primary, inputs } = controller
  const on = (kind: Kind, subresource: string, verbs: readonly Verb[], scope?: Input['scope']) =>
    allow(kind, subresource, verbs, placeOf(kind, scope?.namespace ?? options.watchNamespace))
  const refers = inputs.some(({ role }) => role === 'owns' || role === 'writes')
  return [
    ...on(primary, '', [...read, 'update', 'patch']),
    ...(hasStatus(primary) ? on(primary, '/status', ['update', 'patch']) : []),
    // Whoever names an owner whose deletion then waits must be allowed to finalize that owner.
    ...(refers ? on(primary, '/finalizers', ['update']) : []),
    ...inputs.flatMap(({ kind, role, scope }) => on(kind, '', verbsOf[role], scope)),
    ...inputs.flatMap((input) =>
      (input.role === 'writes' ? (input.subresources ?? []) : []).flatMap((subresource) =>
        on(input.kind, `/${subresource}`, ['create', 'update', 'patch']),
      ),
    ),
  ]
}

/** Of built-in kinds it is not known here. */
const hasStatus = (kind: Kind & Partial<Definition>): boolean =>
  kind.versions?.some(({ declaration }) => declaration.status !== undefined) ?? true

const placeOf = (kind: Kind, namespace: string | undefined): { namespace?: string } =>
  kind.namespaced && namespace !== undefined ? { namespace } : {}

const allow = (
  { group, plural }: Kind<never> | Kind,
  subresource: string,
  verbs: readonly Verb[],
  place: { namespace?: string; name?: string },
): Permission[] =>
  verbs.map((verb) => ({ verb, group, resource: `${plural}${subresource}`, ...place }))

/** Events stand beside what they are about; those about objects without a namespace in `default`. */
function ofEvents({ primary }: Controller, { watchNamespace }: PermissionOptions): Permission[] {
  const places = primary.namespaced ? [watchNamespace] : [watchNamespace, 'default']
  return places.flatMap((place) =>
    allow(Event, '', ['create', 'patch'], placeOf(Event as Kind, place)),
  )
}

/** Of creation no name is known beforehand. */
const ofLease = ({ namespace, name }: { namespace: string; name: string }): Permission[] => [
  ...allow(Lease, '', ['create'], { namespace }),
  ...allow(Lease, '', ['get', 'update'], { namespace, name }),
]

const ofDefinitions = (names: readonly string[]): Permission[] =>
  names.flatMap((name) => [
    ...allow(CustomResourceDefinition as Kind, '', ['create'], {}),
    ...allow(CustomResourceDefinition as Kind, '', ['get', 'patch'], { name }),
  ])

const textOf = ({ verb, group, resource, namespace, name }: Permission): string =>
  JSON.stringify([namespace, group, resource, name, verb])

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byPlace = (a: Permission, b: Permission): number =>
  compare(a.namespace ?? '', b.namespace ?? '') ||
  compare(a.group, b.group) ||
  compare(a.resource, b.resource) ||
  compare(a.name ?? '', b.name ?? '') ||
  order.indexOf(a.verb) - order.indexOf(b.verb)

/**
 * The fewest rules that say `permissions`, whose namespaces are left to the roles around them: resources of one group
 * that take the same verbs share a rule.
 */
export function rulesOf(permissions: readonly Permission[]): PolicyRule[] {
  const verbs = new Map<string, { permission: Permission; verbs: Set<Verb> }>()
  for (const permission of permissions) {
    const { group, resource, name } = permission
    const place = JSON.stringify([group, resource, name])
    const known = verbs.get(place)
    if (known) known.verbs.add(permission.verb)
    else verbs.set(place, { permission, verbs: new Set([permission.verb]) })
  }
  const rules = new Map<string, PolicyRule>()
  for (const { permission, verbs: asked } of verbs.values()) {
    const { group, resource, name } = permission
    const sorted = order.filter((verb) => asked.has(verb))
    const same = JSON.stringify([group, name, sorted])
    const known = rules.get(same)
    if (known) known.resources.push(resource)
    else
      rules.set(same, {
        apiGroups: [group],
        resources: [resource],
        ...(name === undefined ? {} : { resourceNames: [name] }),
        verbs: sorted,
      })
  }
  return [...rules.values()]
}
