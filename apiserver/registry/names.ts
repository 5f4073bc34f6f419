/** What may name things: each function lists the problems of a text, none when it is good. */

/** The part of a message that shows the rule. */
const rule = (expression: string, ...examples: string[]) =>
  ` (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${expression}')`

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const namePart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const value = `(${namePart})?`

const labelPattern = new RegExp(`^${label}$`)
/** Written so that it takes linear time: dots part labels, and neither begins or ends with a dash. */
const subdomainLabels = (text: string) => text.split('.').every((part) => labelPattern.test(part))
const namePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/

const subdomainProblem = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character${rule(subdomain, 'example.com')}`
const labelProblem = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character${rule(label, 'my-name', '123-abc')}`
const namePartProblem = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character${rule(namePart, 'MyName', 'my.name', '123-abc')}`
const valueProblem = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character${rule(value, 'MyValue', 'my_value', '12345')}`

const tooManyBytes = (limit: number) => `must be no more than ${limit} bytes`

/** DNS-1123 subdomain: what names most objects. */
export function subdomainProblems(text: string): string[] {
  const problems = text.length > 253 ? [tooManyBytes(253)] : []
  if (!subdomainLabels(text)) problems.push(subdomainProblem)
  return problems
}

/** DNS-1123 label: what names namespaces. */
export function labelProblems(text: string): string[] {
  const problems = text.length > 63 ? [tooManyBytes(63)] : []
  if (!labelPattern.test(text)) problems.push(labelProblem)
  return problems
}

/** An optional DNS subdomain and `/`, then up to 63 characters: what names labels, annotations, finalizers. */
export function qualifiedNameProblems(text: string): string[] {
  const parts = text.split('/')
  if (parts.length > 2)
    return [
      `a qualified name ${namePartProblem} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  const name = parts.at(-1) ?? ''
  const problems: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') problems.push('prefix part must be non-empty')
    else problems.push(...subdomainProblems(prefix).map((problem) => `prefix part ${problem}`))
  }
  if (name === '') problems.push('name part must be non-empty')
  else if (name.length > 63) problems.push(`name part ${tooManyBytes(63)}`)
  if (!namePattern.test(name)) problems.push(`name part ${namePartProblem}`)
  return problems
}

export function labelValueProblems(text: string): string[] {
  const problems = text.length > 63 ? [tooManyBytes(63)] : []
  if (text !== '' && !namePattern.test(text)) problems.push(valueProblem)
  return problems
}

/** The same rule for a `generateName`, whose end is not there yet. */
export const asPrefix = (text: string): string =>
  text.length > 1 && text.endsWith('-') ? `${text.slice(0, -1)}a` : text
