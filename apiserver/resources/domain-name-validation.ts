/** Names in DNS that others own: wildcards, fully qualified names, paths below a domain. The texts are the API's. */

import { type FieldErrors, invalid, invalidFor, required, tooLong } from './field-errors.ts'
import {
  byteLength,
  formText,
  longerThan,
  subdomainForm,
  subdomainProblems,
} from './name-validation.ts'

const wildcardForm = `\\*\\.${subdomainForm}`
const wildcard = new RegExp(`^${wildcardForm}$`)
const pathForm = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const path = new RegExp(`^${pathForm}$`)
const identifierForm = '[A-Za-z_][A-Za-z0-9_]*'
const identifier = new RegExp(`^${identifierForm}$`)

/** `*.example.com` */
export function wildcardSubdomainProblems(name: string): string[] {
  const problems: string[] = []
  if (byteLength(name) > 253) problems.push(longerThan(253))
  if (!wildcard.test(name))
    problems.push(
      formText(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcardForm,
        '*.example.com',
      ),
    )
  return problems
}

/** A name as programming languages have them; the length is not asked. */
export const identifierProblems = (name: string): string[] =>
  identifier.test(name)
    ? []
    : [
        formText(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          identifierForm,
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ]

/** `policy.example.com`: three segments at least. */
export function* validateFullyQualifiedName(name: string | undefined, field: string): FieldErrors {
  if (!name) return yield required(field)
  const problems = subdomainProblems(name)
  if (problems.length > 0) yield invalid(field, name, problems.join(','))
  else if (name.split('.').length < 3)
    yield invalid(field, name, 'should be a domain with at least three segments separated by dots')
}

/** `example.com/ingress` */
export function* validateDomainPrefixedPath(text: string, field: string): FieldErrors {
  if (text === '') return yield required(field)
  const at = text.indexOf('/')
  const [host, rest] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  if (at < 0 || host === '' || rest === '')
    return yield invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")')
  yield* invalidFor(field, host, subdomainProblems(host))
  if (!path.test(rest)) yield invalid(field, rest, formText('Invalid path', pathForm))
}

/** The name of a storage or device driver: a subdomain of at most 63 characters, in any case. */
export function* validateDriverName(name: string | undefined, field: string): FieldErrors {
  if (!name) return yield required(field)
  if (byteLength(name) > 63) yield tooLong(field, 63)
  yield* invalidFor(field, name, subdomainProblems(name.toLowerCase()))
}
