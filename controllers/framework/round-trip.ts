/**
 * Whether a kind's conversions lose anything: random objects of each version, there and back, must be what they were.
 * What two versions cannot both say has to survive in an annotation.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { same } from '../../api/same.ts'
import type { Random } from '../../ports/random.ts'
import { convert } from './conversion.ts'
import type { Definition } from './defined-kind.ts'
import { withDefaults } from './schema/defaults.ts'
import { exampleOf } from './schema/example.ts'

/** An object that did not come back as it went. */
export class RoundTripError extends Error {
  override name = 'RoundTripError'
  readonly before: KubernetesObject
  readonly between: KubernetesObject
  readonly after: KubernetesObject
  constructor(before: KubernetesObject, between: KubernetesObject, after: KubernetesObject) {
    const as = (what: string, object: KubernetesObject) => `${what}: ${JSON.stringify(object)}`
    super(
      [
        `${before.apiVersion} ${before.kind} is not the same after ${between.apiVersion} and back; keep what is lost in an annotation`,
        as('  went', before),
        as('  became', between),
        as('  came back', after),
      ].join('\n'),
    )
    this.before = before
    this.between = between
    this.after = after
  }
}

/**
 * Converts random objects of each version to each other version and back: they must be what they were, annotations
 * apart, which is where conversions keep what a version cannot say.
 *
 *     it('loses nothing', () => assertRoundTrips(Site, { random: seededRandom(1) }))
 *
 * Throws `RoundTripError` for the first that differs, and `KindError` where no example can be made (`example()`).
 */
export function assertRoundTrips(
  kind: Definition,
  { random, runs = 100 }: { random: Random; runs?: number },
): void {
  for (const { name: from } of kind.versions)
    for (const { name: to } of kind.versions)
      for (let run = 0; from !== to && run < runs; run++) assertRoundTrip(kind, from, to, random)
}

function assertRoundTrip(kind: Definition, from: string, to: string, random: Random): void {
  const before = exampleObject(kind, from, random)
  const between = convert(kind, before, to)
  const after = convert(kind, between, from)
  const { annotations: _, ...metadata } = after.metadata
  // Annotations that came on the way are no loss, and `before` has none.
  if (!same(before, { ...after, metadata })) throw new RoundTripError(before, between, after)
}

/**
 * A random object of a version, with its defaults: what a server could give back, CEL rules apart.
 *
 *     exampleObject(Site, 'v1', seededRandom(1))
 */
export function exampleObject(
  { names, versions }: Definition,
  version: string,
  random: Random,
): KubernetesObject {
  const schema = versions.find(({ name }) => name === version)?.schema ?? {}
  const { spec, status } = schema.properties ?? {}
  const part = (name: string, of: typeof spec) =>
    of && (schema.required?.includes(name) || random.next() < 0.7)
      ? { [name]: exampleOf(of, random, name) }
      : {}
  const object = {
    apiVersion: `${names.group}/${version}`,
    kind: names.name,
    metadata: {
      name: 'example',
      ...(names.scope === 'Namespaced' ? { namespace: 'default' } : {}),
    },
    ...part('spec', spec),
    ...part('status', status),
  }
  return withDefaults(object, schema)
}
