/** The formats that have names: of names, labels, and of the texts that custom resources know. */

import { labelValueProblems, qualifiedNameProblems } from '../../resources/name-validation.ts'
import * as cost from '../cost.ts'
import { declare, type Overload } from '../functions.ts'
import type { Price } from '../prices.ts'
import { parseTimestamp } from '../time-text.ts'
import { Items, Opaque, Optional, sizeOf } from '../values.ts'
import { parseUrl } from './url.ts'

class Format extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly name: string
  readonly problems: (text: string) => readonly string[]
  /** What its pattern would have, for the price. */
  readonly patternSize: number

  constructor(name: string, patternSize: number, problems: Format['problems']) {
    super()
    this.name = name
    this.patternSize = patternSize
    this.problems = problems
  }
}

const matching =
  (holds: (text: string) => boolean, problem: string) =>
  (text: string): readonly string[] =>
    holds(text) ? [] : [problem]

const label = {
  limit: 63,
  syntax: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  problem:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
}
const subdomain = {
  limit: 253,
  syntax: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  problem:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
}
const label1035 = {
  limit: 63,
  syntax: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  problem:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
}

/** @param prefix something will follow, so that it may end in a dash */
function nameProblems({ limit, syntax, problem }: typeof label, prefix: boolean) {
  return (text: string): string[] => {
    const name = prefix && text.endsWith('-') ? `${text.slice(0, -1)}a` : text
    return [
      ...(name.length > limit ? [`must be no more than ${limit} bytes`] : []),
      ...(syntax.test(name.slice(0, limit)) ? [] : [problem]),
    ]
  }
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const isDate = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined

const formats = new Map(
  Object.entries({
    dns1123Label: new Format('DNS1123Label', 30, nameProblems(label, false)),
    dns1123Subdomain: new Format('DNS1123Subdomain', 60, nameProblems(subdomain, false)),
    dns1035Label: new Format('DNS1035Label', 30, nameProblems(label1035, false)),
    qualifiedName: new Format('QualifiedName', 60, (text) => qualifiedNameProblems(text)),
    dns1123LabelPrefix: new Format('DNS1123LabelPrefix', 30, nameProblems(label, true)),
    dns1123SubdomainPrefix: new Format('DNS1123SubdomainPrefix', 60, nameProblems(subdomain, true)),
    dns1035LabelPrefix: new Format('DNS1035LabelPrefix', 30, nameProblems(label1035, true)),
    labelValue: new Format('LabelValue', 40, (text) => labelValueProblems(text)),
    uri: new Format('URI', 1000, (text) =>
      parseUrl(text) ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`],
    ),
    uuid: new Format(
      'uuid',
      74,
      matching((text) => uuid.test(text), 'does not match the UUID format'),
    ),
    byte: new Format(
      'byte',
      100,
      matching((text) => base64.test(text), 'invalid base64'),
    ),
    date: new Format('date', 150, matching(isDate, 'invalid date')),
    datetime: new Format(
      'datetime',
      150,
      matching((text) => parseTimestamp(text) !== undefined, 'invalid datetime'),
    ),
  }),
)

/** What is estimated, whichever format it is. */
const longestPattern = 128

const matched = (text: cost.Range, pattern: number) =>
  cost.multiply(
    cost.scale(cost.add(text, cost.fixed(1)), cost.stringTraversal),
    cost.fixed(Math.ceil(pattern * cost.regexTraversal)),
  )

const validation: Price = {
  actual: ([format, text = '']) =>
    matched(cost.fixed(sizeOf(text)), (format as Format).patternSize).max,
  estimate: ([, text]) => ({
    cost: cost.scale(
      cost.scale(text?.size ?? cost.unknownSize, cost.stringTraversal),
      longestPattern * cost.regexTraversal,
    ),
  }),
}

export const namedFormats: readonly Overload[] = [
  declare('format.named(string) optional(kubernetes.NamedFormat)', ([name]: readonly [string]) => {
    const format = formats.get(name)
    return format ? new Optional(format) : Optional.none
  }),
  ...[...formats].map(([name, format]) =>
    declare(`format.${name}() kubernetes.NamedFormat`, () => format),
  ),
  declare(
    'kubernetes.NamedFormat.validate(string) optional(list(string))',
    ([format, text]: readonly [Format, string], meter) => {
      meter.work(20 + text.length)
      const problems = format.problems(text)
      return problems.length === 0 ? Optional.none : new Optional(new Items([...problems]))
    },
    validation,
  ),
]
