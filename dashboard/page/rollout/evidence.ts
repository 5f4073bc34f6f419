/** What several objects have in common is told once. Pure. */

import type { RolloutView } from '../../protocol.ts'

export type Because = RolloutView['progress']['explanation']['because'][number]

export interface Evidence {
  objects: string[]
  field: string
  /** As the first of them has it. */
  message: string
}

/** In the order of the first of each. */
export function evidenceOf(because: readonly Because[]): Evidence[] {
  const found = new Map<string, Evidence>()
  for (const { object, field, message } of because) {
    const key = `${object.split('/')[0]} ${field} ${likeness(object, message)}`
    const known = found.get(key)
    if (known) known.objects.push(object)
    else found.set(key, { objects: [object], field, message })
  }
  return [...found.values()]
}

const uid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Without what names the one object that it is about. */
const likeness = (object: string, message: string): string =>
  message.replaceAll(object.slice(object.indexOf('/') + 1), '*').replaceAll(uid, '*')

/** `pod/web-a`, or `3 pods: web-a, web-b, web-c`. */
export function objectsText([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return first
  const kind = first.slice(0, first.indexOf('/'))
  const names = [first, ...others].map((object) => object.slice(object.indexOf('/') + 1))
  return `${names.length} ${kind}s: ${names.join(', ')}`
}
