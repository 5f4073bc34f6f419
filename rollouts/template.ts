/**
 * When two pod templates are the same, and the short hash that names one. The hash is a name only: whether a template is
 * known is always decided by comparing.
 */

import { parseQuantity } from '../api/quantity.ts'
import type { PodTemplateSpec } from '../api/types.ts'

export const templateHashLabel = 'pod-template-hash'

/** Equal but for the hash label, however keys are ordered and quantities spelled. */
export const sameTemplate = (
  a: PodTemplateSpec | undefined,
  b: PodTemplateSpec | undefined,
): boolean => a === b || canonical(a) === canonical(b)

const memory = new WeakMap<object, string>()

/** The text of a template that all its spellings share. Kept with the (never changed) object. */
function canonical(template: PodTemplateSpec | undefined): string {
  if (!template) return ''
  let text = memory.get(template)
  if (text === undefined) {
    const { labels, ...metadata } = template.metadata ?? {}
    const { [templateHashLabel]: _, ...others } = labels ?? {}
    text = JSON.stringify(normal({ ...template, metadata: { ...metadata, labels: others } })) ?? ''
    memory.set(template, text)
  }
  return text
}

/** Maps whose absence means the same as their being empty. */
const maps = new Set([
  'labels',
  'annotations',
  'nodeSelector',
  'limits',
  'requests',
  'overhead',
  'metadata',
])
const quantities = new Set(['limits', 'requests', 'overhead'])

function normal(value: unknown, key = ''): unknown {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => normal(item))
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const sorted: [string, unknown][] = []
  for (const [name, field] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const plain = quantities.has(key) ? nanoUnits(field) : normal(field, name)
    if (plain !== undefined) sorted.push([name, plain])
  }
  return sorted.length === 0 && maps.has(key) ? undefined : Object.fromEntries(sorted)
}

const nanoUnits = (quantity: unknown): string =>
  parseQuantity(String(quantity))?.toString() ?? String(quantity)

/**
 * The value of `pod-template-hash`: at most ten letters and digits that spell no words.
 * @param collisionCount how often this name was taken by another template (`status.collisionCount`)
 */
export function templateHash(template: PodTemplateSpec | undefined, collisionCount = 0): string {
  const suffix = collisionCount === 0 ? '' : `#${collisionCount}`
  return safeEncode(String(fnv1a(canonical(template) + suffix)))
}

/** FNV-1a, 32 bits, of the UTF-8 bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

const safeEncode = (text: string): string =>
  Array.from(text, (char) => alphabet[char.charCodeAt(0) % alphabet.length]).join('')
