/** Names of devices, pools and attributes. */

import { identifierProblems, validateDriverName } from '../domain-name-validation.ts'
import { type FieldErrors, invalid, invalidFor, required, tooLong } from '../field-errors.ts'
import { byteLength, labelProblems, subdomainProblems } from '../name-validation.ts'

const longestPool = 253
const longestIdentifier = 32
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A DNS label; empty is not one. */
export function* validateLabelName(name: string | undefined, field: string): FieldErrors {
  yield* invalidFor(field, name ?? '', labelProblems(name ?? ''))
}

/** Subdomains, with slashes between. */
export function* validatePoolName(name: string | undefined, field: string): FieldErrors {
  if (!name) return yield required(field)
  if (byteLength(name) > longestPool) yield tooLong(field, longestPool)
  for (const part of name.split('/')) yield* invalidFor(field, part, subdomainProblems(part))
}

/** `memory`, or `example.com/memory`. */
export function* validateAttributeName(name: string, field: string): FieldErrors {
  const [first = '', second, ...more] = name.split('/')
  if (more.length > 0) return yield invalid(field, name, 'must not contain more than one slash')
  if (second === undefined) return yield* validateIdentifier(first, field)
  if (first === '') yield invalid(field, '', 'the domain must not be empty')
  else yield* validateDriverName(first, field)
  if (second === '') yield invalid(field, '', 'the name must not be empty')
  else yield* validateIdentifier(second, field)
}

/** `example.com/memory` */
export function* validateFullAttributeName(name: string, field: string): FieldErrors {
  yield* validateAttributeName(name, field)
  if (!name.includes('/'))
    yield invalid(
      field,
      name,
      'a fully qualified name must be a domain and a name separated by a slash',
    )
}

function* validateIdentifier(name: string, field: string): FieldErrors {
  if (byteLength(name) > longestIdentifier) yield tooLong(field, longestIdentifier)
  yield* invalidFor(field, name, identifierProblems(name))
}

/** The share of a device that several claims have. */
export function* validateShareId(id: string, field: string): FieldErrors {
  if (!uuid.test(id))
    yield invalid(field, id, `error validating uid: invalid UUID length: ${id.length}`)
  else if (id !== id.toLowerCase())
    yield invalid(
      field,
      id,
      'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
    )
}
