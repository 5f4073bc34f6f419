/** All containers of a pod, whichever list they stand in. */

import type { Container, PodSpec } from '../../../../api/types.ts'

/** With the field of each. */
export function* containersOf(
  spec: PodSpec,
  field: string,
): Generator<readonly [Container, string], void, undefined> {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const)
    for (const [index, container] of (spec[list] ?? []).entries())
      yield [container as Container, `${field}.${list}[${index}]`]
}
