/**
 * Objects without what differs from run to run though nothing differs: uids, versions, times, names and addresses
 * that were drawn or handed out. Two runs that did the same have the same canonical objects.
 */

import type { KubernetesObject, ObjectMeta } from '../../api/object.ts'
import type { IPAddress } from '../../api/types.ts'
import type { LogEntry } from '../log.ts'
import { headOf, placeOf, subjectOf } from './head.ts'

/** Kinds that say what happened or who lives, not what is wanted or there. */
const chatter = new Set(['Event', 'Lease'])

export const isChatter = ({ kind }: { kind: string }): boolean => chatter.has(kind)

type Json = unknown

/** `Pod default/web-*`: what an object is called in every run. The star stands for what was drawn. */
export function labelOf(object: KubernetesObject): string {
  const { kind = '', metadata } = object
  if (kind === 'IPAddress') return `${kind} ${holderOf(object as IPAddress) ?? metadata.name}`
  return `${kind} ${placeOf(metadata.namespace, drawnName(metadata) ?? metadata.name ?? '')}`
}

function drawnName({ name, generateName }: ObjectMeta): string | undefined {
  if (!generateName || !name?.startsWith(generateName)) return undefined
  return `${generateName}*`
}

/** An address is called after the object that has it. */
function holderOf({ spec }: IPAddress): string | undefined {
  const { resource, namespace, name } = spec?.parentRef ?? {}
  return name && `of ${resource} ${placeOf(namespace, name)}`
}

/** What a log made up or handed out, with the words that stand for it. */
export class Aliases {
  readonly #words = new Map<string, string>()

  static of(log: readonly LogEntry[]): Aliases {
    const aliases = new Aliases()
    for (const entry of log) if (!isChatter(entry.kind)) aliases.#learn(subjectOf(entry))
    return aliases
  }

  /** `text` with every word that has an alias replaced. */
  replace(text: string): string {
    return text.replace(word, (found) => {
      if (time.test(found)) return '<time>'
      return this.#words.get(found) ?? found
    })
  }

  #learn(object: KubernetesObject): void {
    const label = labelOf(object)
    const { uid, name } = object.metadata
    if (uid) this.#words.set(uid, `<uid of ${label}>`)
    const drawn = drawnName(object.metadata)
    if (name && drawn) this.#words.set(name, drawn)
    for (const address of addressesOf(object)) this.#words.set(address, `<address of ${label}>`)
  }
}

/** Letters, digits and what binds them in names, addresses and times. */
const word = /[a-zA-Z0-9](?:[a-zA-Z0-9.:-]*[a-zA-Z0-9])?/g
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

interface Addressed {
  spec?: { clusterIP?: string; clusterIPs?: string[] }
  status?: { podIP?: string; podIPs?: { ip?: string }[] }
}

function addressesOf(object: KubernetesObject): string[] {
  const { spec, status } = object as Addressed
  const found: (string | undefined)[] = []
  if (object.kind === 'Service') found.push(spec?.clusterIP, ...(spec?.clusterIPs ?? []))
  if (object.kind === 'Pod') found.push(status?.podIP, ...(status?.podIPs ?? []).map((p) => p.ip))
  return found.filter((text) => text !== undefined && text !== '' && text !== 'None') as string[]
}

/** Fields that are handed out by the server or a node, wherever they stand. */
const handedOut = new Set(['resourceVersion', 'nodePort', 'healthCheckNodePort', 'containerID'])
/** Lists whose order says nothing. */
const unordered = new Set([
  'addresses',
  'endpoints',
  'finalizers',
  'managedFields',
  'notReadyAddresses',
  'ownerReferences',
])

/** One object without what differs from run to run. */
export function canonical(object: KubernetesObject, aliases: Aliases): Json {
  const { generation } = object.metadata
  const simplify = (value: Json, field: string, loose: boolean): Json => {
    if (typeof value === 'string') return aliases.replace(value)
    if (field === 'observedGeneration') return value === generation ? 'current' : 'behind'
    if (Array.isArray(value)) {
      const items = value.map((item) => simplify(item, '', loose))
      return loose || unordered.has(field) ? items.sort(byText) : items
    }
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
      .filter(([key, inner]) => inner !== undefined && !handedOut.has(key))
      .map(([key, inner]): [string, Json] => [
        aliases.replace(key),
        simplify(inner, key, loose || key === 'status'),
      ])
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  const { generation: _, ...metadata } = object.metadata
  return simplify({ ...object, metadata }, '', false)
}

const byText = (one: Json, other: Json): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1

/** Canonical objects by label; where several have the same label, they are numbered in the order of their content. */
export function canonicalEnd(log: readonly LogEntry[]): Map<string, Json> {
  const aliases = Aliases.of(log)
  const groups = new Map<string, Json[]>()
  for (const object of headOf(log).all()) {
    if (isChatter({ kind: object.kind ?? '' })) continue
    const label = labelOf(object)
    const group = groups.get(label) ?? []
    groups.set(label, [...group, canonical(object, aliases)])
  }
  const end = new Map<string, Json>()
  for (const [label, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    group.sort(byText)
    for (const [index, value] of group.entries())
      end.set(group.length > 1 ? `${label} #${index + 1}` : label, value)
  }
  return end
}

/** One write in one line, the same in every run that writes the same: `controllers created Pod default/web-*`. */
export function lineOf(entry: LogEntry, aliases: Aliases): string {
  const label = labelOf(subjectOf(entry))
  const line = `${entry.by} ${entry.type} ${label}`
  if (entry.type !== 'updated') return line
  const before = canonical(entry.before!, aliases)
  const after = canonical(entry.after!, aliases)
  const changes = differencesOf(before, after)
    .filter(({ path }) => !path.startsWith('.metadata.managedFields'))
    .map(({ path, actual }) => `${path} = ${textOf(actual)}`)
  return `${line}: ${changes.join(', ') || 'nothing that lasts'}`
}

export interface Difference {
  /** `.spec.replicas`, `.status.conditions[0].reason` */
  path: string
  expected: Json
  actual: Json
}

export const textOf = (value: Json): string => {
  const text = value === undefined ? 'absent' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** Where two JSON values differ, as deep down as possible. */
export function differencesOf(expected: Json, actual: Json, path = ''): Difference[] {
  if (Object.is(expected, actual)) return []
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length)
    return expected.flatMap((item, at) => differencesOf(item, actual[at], `${path}[${at}]`))
  if (!isFields(expected) || !isFields(actual))
    return JSON.stringify(expected) === JSON.stringify(actual) ? [] : [{ path, expected, actual }]
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...keys].flatMap((key) =>
    differencesOf(own(expected, key), own(actual, key), `${path}.${key}`),
  )
}

const isFields = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const own = (fields: Record<string, Json>, key: string): Json =>
  Object.hasOwn(fields, key) ? fields[key] : undefined
