/** Labels of nodes that have a successor: who still selects by them is told. */

/** What warnings are, one text each, as they come. */
export type Warnings = Generator<string, void, undefined>

interface Expression {
  key: string
}

const replacement = (since: string, label: string) =>
  `deprecated since v${since}; use "${label}" instead`

const replaced = new Map([
  ['beta.kubernetes.io/arch', replacement('1.14', 'kubernetes.io/arch')],
  ['beta.kubernetes.io/os', replacement('1.14', 'kubernetes.io/os')],
  [
    'failure-domain.beta.kubernetes.io/region',
    replacement('1.17', 'topology.kubernetes.io/region'),
  ],
  ['failure-domain.beta.kubernetes.io/zone', replacement('1.17', 'topology.kubernetes.io/zone')],
  ['beta.kubernetes.io/instance-type', replacement('1.17', 'node.kubernetes.io/instance-type')],
])

/** @param field where the label stands, from the label */
export function* labelWarnings(
  labels: Iterable<string>,
  field: (label: string) => string,
): Warnings {
  for (const label of labels) {
    const instead = replaced.get(label)
    if (instead) yield `${field(label)}: ${instead}`
  }
}

/** @param field of the key */
export function* keyWarnings(key: string, field: string): Warnings {
  const instead = replaced.get(key)
  if (instead) yield `${field}: ${key} is ${instead}`
}

/** @param field of what has the expressions: a term, a selector */
export function* expressionWarnings(
  expressions: readonly Expression[] | undefined,
  field: string,
): Warnings {
  for (const [index, { key }] of (expressions ?? []).entries())
    yield* keyWarnings(key, `${field}.matchExpressions[${index}].key`)
}
