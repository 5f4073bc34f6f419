/**
 * What is known before anything runs is made once and costs nothing: literals, names of types, lists and maps of
 * constants, conversions of one, and whether something is among constants.
 */

import type { Call } from './ast.ts'
import { CelCompileError, CelRuntimeError } from './errors.ts'
import type { Step } from './frame.ts'
import type { Overload } from './functions.ts'
import { Meter } from './meter.ts'
import { dispatch } from './steps.ts'
import { Entries, Items, keyText, type Value } from './values.ts'

/** What a list that is made or grows costs in work. */
export const allocationWork = 3

const known = new WeakMap<Step, Value>()

export const constant = (value: Value): Step => knownAs(value, () => value)

function knownAs(value: Value, step: Step): Step {
  known.set(step, value)
  return step
}

const areKnown = (steps: readonly Step[]): boolean => steps.every((step) => known.has(step))

/** Loops add to the empty list that they begin with: each run has its own. */
export function constantList(items: readonly Step[]): Step | undefined {
  if (!areKnown(items)) return undefined
  if (items.length > 0) return constant(new Items(items.map((item) => known.get(item)!)))
  return knownAs(new Items([]), ({ meter }) => {
    meter.work(allocationWork)
    return new Items([])
  })
}

/** Not of one whose keys are wrong: that fails when it runs, if it does. */
export function constantMap(entries: readonly { key: Step; value: Step }[]): Step | undefined {
  if (!areKnown(entries.flatMap(({ key, value }) => [key, value]))) return undefined
  const made = new Entries()
  try {
    for (const { key, value } of entries) made.insert(known.get(key)!, known.get(value)!)
  } catch (error) {
    if (error instanceof CelRuntimeError) return undefined
    throw error
  }
  if (entries.length > 0) return constant(made)
  return knownAs(made, ({ meter }) => {
    meter.work(allocationWork)
    return new Entries()
  })
}

const conversions = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
])

/** @throws CelCompileError where a constant cannot be converted */
export function constantCall(
  call: Call,
  overloads: readonly Overload[],
  args: readonly Step[],
): Step | undefined {
  if (call.name === '@in') return amongConstants(args)
  if (args.length !== 1 || !conversions.has(call.name) || !areKnown(args)) return undefined
  try {
    return constant(dispatch(overloads, [known.get(args[0]!)!], new Meter(Infinity)))
  } catch (error) {
    if (!(error instanceof CelRuntimeError)) throw error
    throw new CelCompileError('program instantiation', error.message)
  }
}

/** Only among simple values: others are compared one by one. */
function amongConstants([sought, among]: readonly Step[]): Step | undefined {
  const list = known.get(among!)
  if (!(list instanceof Items)) return undefined
  if (list.size === 0) return constant(false)
  const texts = new Set(list.items.map(keyText))
  if (texts.has(undefined)) return undefined
  return (frame) => {
    const text = keyText(sought!(frame))
    return text !== undefined && texts.has(text)
  }
}
