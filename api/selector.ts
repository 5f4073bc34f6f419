/**
 * Label and field selectors: parsing what clients send, matching what objects carry. Matching never throws;
 * parsing throws `SelectorError` with what is wrong, for the caller to put into its own kind of error.
 */

import type { LabelSelector } from './types.ts'

/** How a requirement compares; `exists` and `!exists` look at no value. */
export type Operator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!exists' | 'gt' | 'lt'

/** One condition on one label or field. */
export interface Requirement {
  key: string
  operator: Operator
  values: string[]
}

/** All requirements must hold; none: everything matches. */
export type Selector = readonly Requirement[]

/** A selector that cannot be read; the message says where. */
export class SelectorError extends Error {
  override name = 'SelectorError'
}

type Labels = ReadonlyMap<string, string> | Readonly<Record<string, string>> | undefined

function lookUp(labels: Labels, key: string): string | undefined {
  if (labels === undefined) return undefined
  if (labels instanceof Map) return labels.get(key)
  const record = labels as Record<string, string>
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** Whether one requirement holds; an absent label fulfils `!=`, `notin` and `!exists`. */
export function requirementMatches(requirement: Requirement, labels: Labels): boolean {
  const value = lookUp(labels, requirement.key)
  switch (requirement.operator) {
    case '=':
    case 'in':
      return value !== undefined && requirement.values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !requirement.values.includes(value)
    case 'exists':
      return value !== undefined
    case '!exists':
      return value === undefined
    case 'gt':
      return value !== undefined && Number(value) > Number(requirement.values[0])
    case 'lt':
      return value !== undefined && Number(value) < Number(requirement.values[0])
    default:
      return requirement.operator satisfies never
  }
}

/** Whether all requirements hold. An empty selector matches everything. */
export function selectorMatches(selector: Selector, labels: Labels): boolean {
  return selector.every((requirement) => requirementMatches(requirement, labels))
}

const qualifiedKey =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** Whether `key` may name a label: an optional DNS prefix and a name of at most 63 characters. */
export const isLabelKey = (key: string): boolean => qualifiedKey.test(key)
/** Whether a text may be the value of a label. */
export const isLabelValue = (value: string): boolean => labelValue.test(value)

function checked(requirement: Requirement): Requirement {
  if (!isLabelKey(requirement.key))
    throw new SelectorError(
      `key: Invalid value: ${JSON.stringify(requirement.key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
    )
  for (const value of requirement.values)
    if (!isLabelValue(value))
      throw new SelectorError(
        `values[0][${requirement.key}]: Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
      )
  return requirement
}

/** Cuts at commas that do not stand inside parentheses. */
function clauses(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** `a=b,c!=d,e in (f,g),!h,i>3` as requirements. An empty text selects everything. */
export function parseLabelSelector(text: string): Selector {
  if (text.trim() === '') return []
  return clauses(text).map((part) => {
    const clause = part.trim()
    const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(clause)
    if (set) {
      const [, key = '', operator, values = ''] = set
      return checked({
        key,
        operator: operator as Operator,
        values: values.split(',').map((value) => value.trim()),
      })
    }
    const comparison = /^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*([^\s=!<>]*)$/.exec(clause)
    if (comparison) {
      const [, key = '', sign, value = ''] = comparison
      if (sign === '>' || sign === '<') {
        if (!/^-?\d+$/.test(value))
          throw new SelectorError(
            `values[0][${key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
          )
        return checked({ key, operator: sign === '>' ? 'gt' : 'lt', values: [value] })
      }
      return checked({ key, operator: sign === '!=' ? '!=' : '=', values: [value] })
    }
    const existence = /^(!?)\s*([^\s=!<>(),]+)$/.exec(clause)
    if (existence) {
      const [, not, key = ''] = existence
      return checked({ key, operator: not ? '!exists' : 'exists', values: [] })
    }
    throw new SelectorError(
      `unable to parse requirement: found '${clause}', expected: !, identifier, or 'in', 'notin', '=', '==', '!=', '>', '<'`,
    )
  })
}

/** `a=b,c!=d` with `\` before `,`, `=` and `\` inside values, as requirements. */
export function parseFieldSelector(text: string): Selector {
  if (text === '') return []
  const parts = text.match(/(?:\\.|[^,\\])+/g) ?? []
  return parts.map((part) => {
    const match = /^((?:\\.|[^=!\\])+)(==|!=|=)((?:\\.|[^\\])*)$/.exec(part)
    if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`)
    const [, key = '', sign, value = ''] = match
    return {
      key: key.trim(),
      operator: sign === '!=' ? '!=' : '=',
      values: [value.replace(/\\([\\,=])/g, '$1')],
    }
  })
}

const expressionOperators: Record<string, Operator> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!exists',
  Gt: 'gt',
  Lt: 'lt',
}

/** One `matchExpressions` entry (label selectors, node affinity). */
export function fromExpression(expression: {
  key: string
  operator: string
  values?: string[]
}): Requirement {
  const operator = Object.hasOwn(expressionOperators, expression.operator)
    ? expressionOperators[expression.operator]
    : undefined
  if (!operator)
    throw new SelectorError(`"${expression.operator}" is not a valid selector operator`)
  return { key: expression.key, operator, values: expression.values ?? [] }
}

/**
 * A `metav1.LabelSelector` as requirements. `undefined` selects nothing (returned as `undefined`), an empty one
 * everything.
 */
export function fromLabelSelector(selector: LabelSelector | undefined): Selector | undefined {
  if (!selector) return undefined
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(
      ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
    ),
    ...(selector.matchExpressions ?? []).map(fromExpression),
  ]
}

/** A selector as clients send it in `labelSelector=`. */
export function formatSelector(selector: Selector): string {
  return selector
    .map(({ key, operator, values }) => {
      switch (operator) {
        case '=':
        case '!=':
          return `${key}${operator}${values[0] ?? ''}`
        case 'in':
        case 'notin':
          return `${key} ${operator} (${[...values].sort().join(',')})`
        case 'exists':
          return key
        case '!exists':
          return `!${key}`
        case 'gt':
          return `${key}>${values[0]}`
        case 'lt':
          return `${key}<${values[0]}`
        default:
          return operator satisfies never
      }
    })
    .join(',')
}
