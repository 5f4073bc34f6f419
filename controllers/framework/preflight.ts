/**
 * Asks the server at start whether this process may do what its controllers declare. A missing right is otherwise a
 * cache that never fills or a run that fails at night; here it is an error that says what to add to which role.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { SelfSubjectAccessReview as Review } from '../../api/types.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { Backoff } from './backoff.ts'
import { ApiError, type Cluster, ConnectionError } from './cluster.ts'
import type { Kind } from './kind.ts'
import { type Permission, type PolicyRule, rulesOf } from './permissions.ts'

export interface PreflightOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** Aborts to stop asking. */
  signal: AbortSignal
  /** Questions under way at the same time (8). */
  parallel?: number
}

/** The message ends with the rules to add, as YAML. */
export class PreflightError extends Error {
  override name = 'PreflightError'
  readonly missing: readonly Permission[]
  constructor(who: string, missing: readonly Permission[]) {
    super(textOf(who, missing))
    this.missing = missing
  }
}

const SelfSubjectAccessReview: Kind<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
}

const SelfSubjectReview: Kind<KubernetesObject> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
}

/**
 * Resolves when all `permissions` are granted. A server that cannot be reached is asked again, ever more slowly.
 *
 *     await preflight(permissionsOf(controllers), { cluster, clock, random, signal })
 *
 * @throws PreflightError naming what is missing
 */
export async function preflight(
  permissions: readonly Permission[],
  options: PreflightOptions,
): Promise<void> {
  const missing: Permission[] = []
  const left = permissions.values()
  const askAll = async () => {
    for (const permission of left)
      if (!(await persistently(options, () => isGranted(options.cluster, permission))))
        missing.push(permission)
  }
  const { parallel = 8 } = options
  await Promise.all(Array.from({ length: Math.min(parallel, permissions.length) }, askAll))
  if (missing.length === 0) return
  missing.sort((a, b) => permissions.indexOf(a) - permissions.indexOf(b))
  throw new PreflightError(await whoAmI(options.cluster), missing)
}

async function isGranted(
  cluster: Cluster,
  { verb, group, resource: path, namespace, name }: Permission,
): Promise<boolean> {
  const [resource, subresource] = path.split('/')
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
  const { status } = await cluster.create(SelfSubjectAccessReview, {
    metadata: {},
    spec: { resourceAttributes },
  })
  return status?.allowed === true
}

/** What no answer or an overload says nothing about is asked again. */
async function persistently<T>(options: PreflightOptions, ask: () => Promise<T>): Promise<T> {
  const { clock, random, signal } = options
  const backoff = new Backoff(random, { first: 200, longest: 10_000 })
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error)) throw error
      await sleep(clock, backoff.next(), signal)
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  (error instanceof ApiError && (error.code === 429 || error.code >= 500))

/** For the message alone, so no answer is an answer too. */
async function whoAmI(cluster: Cluster): Promise<string> {
  try {
    const { status } = await cluster.create(SelfSubjectReview, { metadata: {} })
    const { userInfo } = status as { userInfo?: { username?: string } }
    return userInfo?.username ?? 'this process'
  } catch {
    return 'this process'
  }
}

function textOf(who: string, missing: readonly Permission[]): string {
  const places = new Set(missing.map(({ namespace }) => namespace))
  const parts = [...places].map((place) => {
    const rules = rulesOf(missing.filter(({ namespace }) => namespace === place))
    const role = place === undefined ? 'a ClusterRole' : `a Role in the namespace "${place}"`
    return `Add to the rules of ${role} that is bound to it:\n${rules.map(yamlOf).join('\n')}`
  })
  return `${who} may not do all that its controllers declare.\n${parts.join('\n')}`
}

/** Lists in JSON are lists in YAML. */
const yamlOf = ({ apiGroups, resources, resourceNames, verbs }: PolicyRule): string =>
  Object.entries({ apiGroups, resources, resourceNames, verbs })
    .filter(([, values]) => values !== undefined)
    .map(([field, values], at) => `${at === 0 ? '- ' : '  '}${field}: ${JSON.stringify(values)}`)
    .join('\n')
