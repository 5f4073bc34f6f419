/** Leaves of a recording what belongs to one Deployment: its ReplicaSets, their pods, and what was told of any of them. Pure. */

import type { KubernetesObject } from '../../../api/object.ts'
import { controllerOf } from '../../../api/owner.ts'
import type { Event } from '../../../api/types.ts'
import type { Line } from '../../../recordings/recording.ts'

export class FamilyFilter {
  readonly #name: string
  /** UIDs; as many as objects pass. */
  readonly #family = new Set<string>()

  constructor(deployment: string) {
    this.#name = deployment
  }

  /** `undefined` for a line about others. */
  line(line: Line): Line | undefined {
    switch (line.type) {
      case 'KEYFRAME': {
        // Owners before what they own, in whatever order they come.
        const sorted = [...line.objects].sort((a, b) => orderOf(a) - orderOf(b))
        return { ...line, objects: sorted.filter((each) => this.#belongs(each)) }
      }
      case 'PUT':
      case 'DELETE':
        return this.#belongs(line.object) ? line : undefined
      case 'LOG':
        return this.#family.has(line.pod.uid) ? line : undefined
      case 'HEADER':
      case 'MARK':
      case 'END':
        return line
      default:
        return line satisfies never
    }
  }

  #belongs(object: KubernetesObject): boolean {
    if (object.kind === 'Event')
      return this.#family.has((object as unknown as Event).involvedObject?.uid ?? '')
    const { name, uid = '' } = object.metadata
    const mine =
      object.kind === 'Deployment'
        ? name === this.#name
        : this.#family.has(controllerOf(object)?.uid ?? '')
    if (mine) this.#family.add(uid)
    return mine
  }
}

/** @param deployment all pass without it */
export async function* ofFamily(
  lines: AsyncIterable<Line> | Iterable<Line>,
  deployment: string | undefined,
): AsyncGenerator<Line, void, undefined> {
  const filter = deployment === undefined ? undefined : new FamilyFilter(deployment)
  for await (const line of lines) {
    const mine = filter ? filter.line(line) : line
    if (mine) yield mine
  }
}

const order = ['Deployment', 'ReplicaSet', 'Pod', 'Event']
const orderOf = ({ kind = '' }: KubernetesObject): number => order.indexOf(kind)
