/** Semantic versions (semver.org, 2.0), ordered by it; with normalization also `v1.2`. */

import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import type { Meter } from '../meter.ts'
import { walk } from '../prices.ts'
import { Opaque } from '../values.ts'

export class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver'
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly prerelease: readonly string[]

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.prerelease = prerelease
  }

  override equals(other: Opaque): boolean {
    return other instanceof Semver && compareTo([this, other]) === 0n
  }
}

const syntax =
  /^(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/

function parse(text: string): Semver | undefined {
  const match = text.length > 256 ? null : syntax.exec(text)
  if (!match) return undefined
  const [, major = '', minor = '', patch = '', prerelease] = match
  return new Semver(
    [BigInt(major), BigInt(minor), BigInt(patch)],
    prerelease === undefined ? [] : prerelease.split('.'),
  )
}

/** No `v`, no leading zeros, three numbers. */
function normalized(text: string): string {
  const [first = '', second, ...rest] = text.replace(/^v/, '').split('.')
  const parts = [first, second, rest.length > 0 ? rest.join('.') : undefined]
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/^0+(?=\d)/, ''))
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return ''
  return [...parts, '0', '0'].slice(0, Math.max(3, parts.length)).join('.')
}

/** Steps that reading one takes. */
const readWork = 20

const read = ([text, normalize = false]: readonly [string, boolean?], meter: Meter) => {
  meter.work(readWork)
  return parse(normalize ? normalized(text) : text)
}

function semver(args: readonly [string, boolean?], meter: Meter): Semver {
  const version = read(args, meter)
  if (version) return version
  throw new CelRuntimeError(
    /^[^.]*\.[^.]*\./.test(args[0])
      ? `${JSON.stringify(args[0])} is no semantic version`
      : 'No Major.Minor.Patch elements found',
  )
}

type Two = readonly [Semver, Semver]

function compareTo([one, other]: Two): bigint {
  for (const [at, number] of one.numbers.entries()) {
    const its = other.numbers[at] ?? 0n
    if (number !== its) return number < its ? -1n : 1n
  }
  if (one.prerelease.length === 0 || other.prerelease.length === 0)
    return BigInt(Math.sign(other.prerelease.length - one.prerelease.length))
  for (const [at, part] of one.prerelease.entries()) {
    const its = other.prerelease[at]
    if (its === undefined) return 1n
    const order = comparePart(part, its)
    if (order !== 0n) return order
  }
  return one.prerelease.length < other.prerelease.length ? -1n : 0n
}

/** Numbers stand before words. */
function comparePart(one: string, other: string): bigint {
  if (one === other) return 0n
  const [first, second] = [/^\d+$/.test(one), /^\d+$/.test(other)]
  if (first !== second) return first ? -1n : 1n
  if (first) return BigInt(one) < BigInt(other) ? -1n : 1n
  return one < other ? -1n : 1n
}

const type = 'kubernetes.Semver'

export const semanticVersions: readonly Overload[] = [
  declare(`semver(string) ${type}`, semver, walk(0)),
  declare(`semver(string, bool) ${type}`, semver, walk(0)),
  declare(
    'isSemver(string) bool',
    (args: readonly [string], meter) => read(args, meter) !== undefined,
    walk(0),
  ),
  declare(
    'isSemver(string, bool) bool',
    (args: readonly [string, boolean], meter) => read(args, meter) !== undefined,
    walk(0),
  ),
  declare(`${type}.isGreaterThan(${type}) bool`, (both: Two) => compareTo(both) > 0n),
  declare(`${type}.isLessThan(${type}) bool`, (both: Two) => compareTo(both) < 0n),
  declare(`${type}.compareTo(${type}) int`, compareTo),
  ...['major', 'minor', 'patch'].map((name, at) =>
    declare(`${type}.${name}() int`, ([{ numbers }]: readonly [Semver]) => numbers[at] ?? 0n),
  ),
]
