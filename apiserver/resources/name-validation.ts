/**
 * What may be a name: DNS labels and subdomains, path segments, port and environment variable names, label keys
 * and values, with the texts that Kubernetes answers. Each check returns the problems, none when the text is good.
 */

const labelForm = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
export const subdomainForm = `${labelForm}(\\.${labelForm})*`
const label1035Form = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualifiedForm = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValueForm = `(${qualifiedForm})?`
const configKeyForm = '[-._a-zA-Z0-9]+'

const anchored = (form: string) => new RegExp(`^${form}$`)
const label = anchored(labelForm)
const subdomain = anchored(subdomainForm)
const label1035 = anchored(label1035Form)
const qualified = anchored(qualifiedForm)
const labelValue = anchored(labelValueForm)
const configKey = anchored(configKeyForm)

export const longerThan = (most: number, unit = 'characters') =>
  `must be no more than ${most} ${unit}`
export const outsideRange = (from: number, to: number) =>
  `must be between ${from} and ${to}, inclusive`
export const emptyText = 'must be non-empty'

/** A rule, examples of what keeps it, and its regular expression. */
export const formText = (text: string, form: string, ...examples: string[]) =>
  `${text} (${examples.length > 0 ? `e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, ` : ''}regex used for validation is '${form}')`

/** The length in bytes of what is sent, which is what every limit means. */
export const byteLength = (text: string) => Buffer.byteLength(text)

/** A DNS label of RFC 1123: at most 63 characters, no dots. Namespaces, containers, volumes. */
export function labelProblems(name: string): string[] {
  const problems: string[] = []
  if (byteLength(name) > 63) problems.push(longerThan(63))
  if (!label.test(name))
    problems.push(
      subdomain.test(name)
        ? 'must not contain dots'
        : formText(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            labelForm,
            'my-name',
            '123-abc',
          ),
    )
  return problems
}

/** A DNS label of RFC 1035, which begins with a letter. */
export function label1035Problems(name: string): string[] {
  const problems: string[] = []
  if (byteLength(name) > 63) problems.push(longerThan(63))
  if (!label1035.test(name))
    problems.push(
      formText(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        label1035Form,
        'my-name',
        'abc-123',
      ),
    )
  return problems
}

/** A DNS subdomain of RFC 1123: at most 253 characters. Most kinds. */
export function subdomainProblems(name: string): string[] {
  const problems: string[] = []
  if (byteLength(name) > 253) problems.push(longerThan(253))
  if (!subdomain.test(name))
    problems.push(
      formText(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomainForm,
        'example.com',
      ),
    )
  return problems
}

/** Good names that were seen: those of labels and annotations are few, and come with every write. */
const mostGoodNames = 1_024
const goodNames = new Set<string>()

/** What a key of a label, an annotation or a finalizer may be: an optional DNS prefix, `/`, and a name. */
export function qualifiedNameProblems(text: string): string[] {
  if (goodNames.has(text)) return []
  const problems = problemsOfQualified(text)
  if (problems.length === 0 && goodNames.size < mostGoodNames) goodNames.add(text)
  return problems
}

function problemsOfQualified(text: string): string[] {
  const parts = text.split('/')
  const [first = '', second] = parts
  if (parts.length > 2)
    return [
      formText(
        "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        qualifiedForm,
        'MyName',
        'my.name',
        '123-abc',
      ).concat(" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"),
    ]
  const problems: string[] = []
  if (second !== undefined) {
    if (first === '') problems.push(`prefix part ${emptyText}`)
    else problems.push(...subdomainProblems(first).map((problem) => `prefix part ${problem}`))
  }
  const name = second ?? first
  if (name === '') problems.push(`name part ${emptyText}`)
  else if (byteLength(name) > 63) problems.push(`name part ${longerThan(63, 'bytes')}`)
  if (!qualified.test(name))
    problems.push(
      `name part ${formText(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        qualifiedForm,
        'MyName',
        'my.name',
        '123-abc',
      )}`,
    )
  return problems
}

export function labelValueProblems(text: string): string[] {
  const problems: string[] = []
  if (byteLength(text) > 63) problems.push(longerThan(63, 'bytes'))
  if (!labelValue.test(text))
    problems.push(
      formText(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValueForm,
        'MyValue',
        'my_value',
        '12345',
      ),
    )
  return problems
}

/** A key of a ConfigMap or a Secret: also a file name, so neither `.`, nor `..`, nor anything that begins so. */
export function configKeyProblems(key: string): string[] {
  const problems: string[] = []
  if (byteLength(key) > 253) problems.push(longerThan(253))
  if (!configKey.test(key))
    problems.push(
      formText(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configKeyForm,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  return [...problems, ...pathPrefixProblems(key)]
}

/** The name of an environment variable: printable ASCII without `=`. */
export function environmentNameProblems(name: string): string[] {
  if (name === '') return [`environment variable name ${emptyText}`]
  return /^[\x20-\x7e]*$/.test(name) && !name.includes('=')
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ]
}

function pathPrefixProblems(text: string): string[] {
  if (text === '.') return ["must not be '.'"]
  if (text === '..') return ["must not be '..'"]
  if (text.startsWith('..')) return ["must not start with '..'"]
  return []
}

/** The name of a port, as IANA's service names: at most 15 characters, one letter at least. */
export function portNameProblems(name: string): string[] {
  const problems: string[] = []
  if (byteLength(name) > 15) problems.push(longerThan(15))
  if (!/^[-a-z0-9]+$/.test(name))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)')
  if (name.includes('--')) problems.push('must not contain consecutive hyphens')
  if (name.startsWith('-') || name.endsWith('-'))
    problems.push('must not begin or end with a hyphen')
  return problems
}

export const portNumberProblems = (port: number): string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [outsideRange(1, 65535)]

/** A user or a group: 32 bits without sign. */
export const userIdProblems = (id: number): string[] =>
  Number.isInteger(id) && id >= 0 && id <= 0xffffffff ? [] : [outsideRange(0, 0xffffffff)]

/** `25%` */
export const percentProblems = (text: string): string[] =>
  /^[0-9]+%$/.test(text)
    ? []
    : [
        formText(
          "a valid percent string must be a numeric string followed by an ending '%'",
          '[0-9]+%',
          '1%',
          '93%',
        ),
      ]

export const headerNameProblems = (name: string): string[] =>
  /^[-A-Za-z0-9]+$/.test(name)
    ? []
    : [
        formText(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          '[-A-Za-z0-9]+',
          'X-Header-Name',
        ),
      ]

/** One segment of a URL's path: what RBAC's kinds allow. A prefix (`generateName`) may be `.` or `..`. */
export function pathSegmentProblems(name: string, prefix: boolean): string[] {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`)
}

/** A `generateName` may end in `-`, as a suffix follows. */
const asName = (text: string, prefix: boolean) =>
  prefix && text.endsWith('-') ? `${text.slice(0, -1)}a` : text

/** `Resource.validateName` for kinds whose names are DNS subdomains. */
export const subdomainName = (name: string, prefix: boolean) =>
  subdomainProblems(asName(name, prefix))
/** `Resource.validateName` for kinds whose names are DNS labels. */
export const labelName = (name: string, prefix: boolean) => labelProblems(asName(name, prefix))
