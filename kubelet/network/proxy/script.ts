/**
 * The nft script that turns one ruleset into another, in one transaction: at no moment is a half-changed table in
 * force. Chains are keyed by their declaration; the first word is the name.
 */

import type { Ruleset } from './ruleset.ts'

const nameOf = (declaration: string) => declaration.split(' ', 1)[0] ?? declaration

/** Builds the whole table anew, replacing any of that name. */
export function replacement(table: string, rules: Ruleset): string {
  const head = [`add table inet ${table}`, `delete table inet ${table}`, `add table inet ${table}`]
  return [...head, ...changes(table, emptyRuleset(), rules)].join('\n')
}

/** The commands from `before` to `after`; empty when nothing differs. */
export function changes(table: string, before: Ruleset, after: Ruleset): string[] {
  const t = `inet ${table}`
  const commands: string[] = []
  for (const [name, declaration] of after.sets)
    if (!before.sets.has(name)) commands.push(`add ${insertTable(declaration, t)}`)
  for (const declaration of after.chains.keys())
    if (!before.chains.has(declaration)) commands.push(`add chain ${t} ${declaration}`)
  for (const [declaration, rules] of after.chains) {
    const old = before.chains.get(declaration)
    if (old && same(old, rules)) continue
    const name = nameOf(declaration)
    if (old) commands.push(`flush chain ${t} ${name}`)
    for (const rule of rules) commands.push(`add rule ${t} ${name} ${rule}`)
  }
  for (const [set, elements] of after.elements) {
    const old = before.elements.get(set) ?? new Map<string, string>()
    const gone = [...old].filter(([key, verdict]) => elements.get(key) !== verdict)
    const added = [...elements].filter(([key, verdict]) => old.get(key) !== verdict)
    if (gone.length > 0) commands.push(`delete element ${t} ${set} { ${list(gone, false)} }`)
    if (added.length > 0) commands.push(`add element ${t} ${set} { ${list(added, true)} }`)
  }
  const unused = [...before.chains.keys()].filter((declaration) => !after.chains.has(declaration))
  for (const declaration of unused) commands.push(`flush chain ${t} ${nameOf(declaration)}`)
  for (const declaration of unused) commands.push(`delete chain ${t} ${nameOf(declaration)}`)
  for (const name of before.sets.keys())
    if (!after.sets.has(name)) commands.push(`delete set ${t} ${name}`)
  return commands
}

export const emptyRuleset = (): Ruleset => ({
  sets: new Map(),
  chains: new Map(),
  elements: new Map(),
})

const same = (a: string[], b: string[]) =>
  a.length === b.length && a.every((rule, index) => rule === b[index])

const list = (elements: [string, string][], verdicts: boolean) =>
  elements
    .map(([key, verdict]) => (verdicts && verdict !== '' ? `${key} : ${verdict}` : key))
    .join(', ')

/** `set x { ... }` -> `set inet table x { ... }` */
const insertTable = (declaration: string, table: string) =>
  declaration.replace(/^(set|map) /, `$1 ${table} `)
