/**
 * Sets of fields, in the very form in which `managedFields` writes them (FieldsV1), so that nothing is converted to be
 * read or stored: a tree of path elements. An element is in the set if nothing follows it, or if `.` stands beside
 * what does: `{ 'f:spec': { 'f:replicas': {} } }` holds `.spec.replicas` and not `.spec`. Sets are values: every
 * function gives a new one, which may share branches with those it was made of. The whole object is in no set.
 */

import { canonicalElement, compareElements, PathElementError } from './path-element.ts'

export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** One being made. */
export interface Draft {
  [element: string]: FieldSet
}

export const none: FieldSet = Object.freeze({})

const self = '.'
/** What stands for an element that is in the set with nothing below it. */
export const leaf: FieldSet = none

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether the element that leads to this branch is itself in the set. */
const isMember = (branch: FieldSet): boolean => self in branch || isEmpty(branch)

/** The branch of an element; `undefined`: it is not in the set, and nothing is below it. */
export function branchOf(member: boolean, below: FieldSet | undefined): FieldSet | undefined {
  if (below === undefined || isEmpty(below)) return member ? leaf : undefined
  return member ? { [self]: leaf, ...below } : below
}

/** What is below an element, without it. */
export function below(branch: FieldSet): FieldSet {
  if (!(self in branch)) return branch
  const { [self]: _, ...rest } = branch
  return rest
}

/** Whether an element is in the set, by its own place and not below or above it. */
export const holds = (set: FieldSet, element: string): boolean => {
  const branch = set[element]
  return branch !== undefined && isMember(branch)
}

export function has(set: FieldSet, path: readonly string[]): boolean {
  let branch: FieldSet | undefined = set
  for (const element of path) {
    branch = branch[element]
    if (branch === undefined) return false
  }
  return path.length > 0 && isMember(branch)
}

/** The set of these paths. */
export const setOf = (...paths: readonly (readonly string[])[]): FieldSet =>
  paths.reduce<FieldSet>((set, path) => union(set, one(path)), none)

const one = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((branch, element) => ({ [element]: branch }), leaf)

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a
  if (isEmpty(a)) return b
  const result: Draft = { ...a }
  for (const element in b) {
    const mine = a[element]
    const theirs = b[element]!
    result[element] = mine === undefined || element === self ? theirs : unionOf(mine, theirs)
  }
  return result
}

const unionOf = (a: FieldSet, b: FieldSet): FieldSet =>
  a === b ? a : branchOf(isMember(a) || isMember(b), union(below(a), below(b)))!

/** What is in `a` and not in `b`: a parent does not take its children with it, nor the other way round. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a
  return eachBranch(a, b, (mine, theirs) =>
    branchOf(isMember(mine) && !isMember(theirs), difference(below(mine), below(theirs))),
  )
}

/** What is in `a` and neither in `b` nor below anything that is. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a
  return eachBranch(a, b, (mine, theirs) =>
    isMember(theirs) ? undefined : branchOf(isMember(mine), without(below(mine), theirs)),
  )
}

/** `a`, with `change` where `b` has a branch too. */
function eachBranch(
  a: FieldSet,
  b: FieldSet,
  change: (mine: FieldSet, theirs: FieldSet) => FieldSet | undefined,
): FieldSet {
  let result: Draft | undefined
  for (const element in b) {
    const mine = element === self ? undefined : a[element]
    if (mine === undefined) continue
    result ??= { ...a }
    const changed = change(mine, b[element]!)
    if (changed === undefined) delete result[element]
    else result[element] = changed
  }
  return result ?? a
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Draft = {}
  for (const element in a) {
    const theirs = element === self ? undefined : b[element]
    if (theirs === undefined) continue
    const mine = a[element]!
    const branch = branchOf(
      isMember(mine) && isMember(theirs),
      intersection(below(mine), below(theirs)),
    )
    if (branch !== undefined) result[element] = branch
  }
  return result
}

/** Every path in the set, parents before their children, each level's own members first. */
export function paths(set: FieldSet): string[][] {
  const found: string[][] = []
  collectPaths(set, [], found)
  return found
}

function collectPaths(set: FieldSet, prefix: readonly string[], found: string[][]): void {
  const elements = Object.keys(set).filter((element) => element !== self)
  elements.sort(compareElements)
  for (const element of elements) if (isMember(set[element]!)) found.push([...prefix, element])
  for (const element of elements) {
    const branch = set[element]!
    if (!isEmpty(branch)) collectPaths(branch, [...prefix, element], found)
  }
}

const known = new WeakSet<FieldSet>()

/** Remembers of a set that never changes that its elements are in order. */
export function inOrder(set: FieldSet): FieldSet {
  known.add(set)
  return set
}

/** The same set with its elements in order, in which it is written. */
export function ordered(set: FieldSet): FieldSet {
  if (known.has(set)) return set
  const elements = Object.keys(set)
  let same = true
  for (let at = 1; same && at < elements.length; at++)
    same = compareElements(elements[at - 1]!, elements[at]!) <= 0
  if (!same) elements.sort(compareElements)
  const branches = elements.map((element) => {
    const branch = ordered(set[element]!)
    if (branch !== set[element]) same = false
    return branch
  })
  if (same) return set
  const result: Draft = {}
  for (const [at, element] of elements.entries()) result[element] = branches[at]!
  return result
}

/** Deeper than any object nests. */
const maximumDepth = 512

/** From what a client sent. @throws PathElementError */
export function readFieldSet(value: unknown, depth = 0): FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > maximumDepth)
    throw new PathElementError('a set of fields is an object of path elements')
  const set: Draft = {}
  for (const key of Object.keys(value)) {
    if (key === self) {
      if (depth > 0) set[self] = leaf
      continue
    }
    const element = canonicalElement(key)
    if (element === undefined) continue
    const branch = readFieldSet((value as Record<string, unknown>)[key], depth + 1)
    const known = set[element]
    set[element] = known === undefined ? branch : unionOf(known, branch)
  }
  return self in set && Object.keys(set).length === 1 ? leaf : set
}
