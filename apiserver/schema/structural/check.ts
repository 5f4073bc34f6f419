/**
 * Checks a value against a schema by walking both, and says what is wrong in the API's words and order. It interprets
 * the tree instead of compiling it into a program: a schema of 70 KB would take a compiler (ajv) 0.4 s of the event
 * loop, one of 670 KB 4 s, and the text of programs would be made from what strangers wrote. A walk also knows at
 * every step which old value a new one was, so that what an update leaves alone is not held against it.
 *
 * The work for one object is bounded: schemas that are tried, with what each looks at, pattern steps, and errors that
 * are kept.
 */

import type { FieldError } from '../../resources/resource.ts'
import { oldField, oldItems, uncorrelated } from './correlation.ts'
import { typeFields } from './decode.ts'
import { longText, manyElements, missing, unfit, unfitWhole, wrongType } from './finding.ts'
import { stringFormat } from './formats.ts'
import { type Attempt, checkJunctors, hasJunctors } from './junctors.ts'
import { checkNumber } from './number-check.ts'
import { matchingBudget } from './pattern.ts'
import { charactersOf, checkEnum, checkType } from './scalar-check.ts'
import type { Structural } from './structural.ts'
import { child, isObject, type JsonObject, sameJson } from './values.ts'

/** More than these are of use to nobody. */
export const maximumErrors = 100

/** Values times the schemas that they are tried against. */
const maximumVisits = 1_000_000
/** Characters that are counted, or held against a format, in the time of one visit. */
const charactersPerVisit = 64
/** Keys that are looked for in that time. */
const keysPerVisit = 16
/** What comparing with a value that is no scalar counts for. */
const deepVisits = 4

/** What checks may still take; several may share it. */
export class Effort {
  visits = maximumVisits
  steps = matchingBudget

  /** As much as takes milliseconds. */
  get isMuch(): boolean {
    return this.visits < maximumVisits - 10_000 || this.steps < matchingBudget - 100_000
  }
}

/** @param old `uncorrelated` on create */
export function checkValue(
  schema: Structural,
  value: unknown,
  path = '',
  old: unknown = uncorrelated,
  effort = new Effort(),
): FieldError[] {
  const errors: FieldError[] = []
  const check = new Check(effort)
  check.node(schema, value, path, old, errors)
  // Told here, and not among what was found until then: of alternatives that are tried most errors are forgotten.
  if (check.stoppedAt !== undefined) errors.push(unfitWhole(check.stoppedAt, tooMuchWork))
  const seen = new Set<string>()
  return errors.filter(({ field, message }) => {
    const text = `${field}: ${message}`
    return !seen.has(text) && seen.add(text)
  })
}

/** Each step returns how many checks went well: by it the best of several alternatives is told. */
class Check {
  /** Where the work became too much. */
  stoppedAt: string | undefined
  readonly #left: Effort
  /** A part of what is looked at was found to be other than it was: so is the whole. */
  #changed = false

  constructor(effort: Effort) {
    this.#left = effort
  }

  node(
    schema: Structural,
    value: unknown,
    path: string,
    old: unknown,
    errors: FieldError[],
  ): number {
    if (errors.length >= maximumErrors) return 0
    if (this.#isOver(path)) return 0
    const before = errors.length
    const changedBefore = this.#changed
    this.#changed = false
    const matches = this.#checks(schema, value, path, old, errors)
    if (errors.length > before && old !== uncorrelated && !this.#changed) {
      if (sameJson(old, value)) errors.length = before
      else this.#changed = true
    }
    this.#changed ||= changedBefore
    return matches
  }

  #checks(
    schema: Structural,
    value: unknown,
    path: string,
    old: unknown,
    errors: FieldError[],
  ): number {
    let matches = checkType(schema, value, path, errors)
    if (value === null || value === undefined) {
      checkEnum(schema, value, path, errors)
      return matches
    }
    if (hasJunctors(schema)) matches += this.#junctors(schema, value, path, old, errors)
    if (typeof value === 'string') {
      this.#text(schema, value, path, errors)
      matches++
    } else if (Array.isArray(value)) matches += this.#items(schema, value, path, old, errors)
    else if (!isObject(value) && typeof value !== 'boolean') {
      checkNumber(schema, value as number, path, errors)
      matches++
    }
    if (schema.enum && !schema.enumTexts) this.#left.visits -= schema.enum.length * deepVisits
    checkEnum(schema, value, path, errors)
    if (isObject(value)) matches += this.#fields(schema, value, path, old, errors)
    return matches + 1
  }

  #text(schema: Structural, text: string, path: string, errors: FieldError[]): void {
    const { maxLength, minLength } = schema.source
    this.#left.visits -= text.length / charactersPerVisit
    const characters = maxLength === undefined && minLength === undefined ? 0 : charactersOf(text)
    if (maxLength !== undefined && characters > maxLength) errors.push(longText(path, maxLength))
    if (minLength !== undefined && characters < minLength)
      errors.push(unfit(path, text, `should be at least ${minLength} chars long`))
    if (schema.pattern) {
      this.#left.steps -= schema.pattern.size * text.length
      if (this.#left.steps < 0)
        errors.push(unfit(path, `${text.slice(0, 64)}...`, 'is too long for its pattern'))
      else if (!schema.pattern.test(text))
        errors.push(unfit(path, text, `should match '${schema.pattern.source}'`))
    }
    if ((schema.type === '' || schema.type === 'string') && schema.format !== '') {
      const isOfFormat = stringFormat(schema.format)
      if (isOfFormat && !isOfFormat(text)) errors.push(wrongType(path, schema.format, text))
    }
  }

  #items(
    schema: Structural,
    items: unknown[],
    path: string,
    old: unknown,
    errors: FieldError[],
  ): number {
    let matches = 1
    if (schema.items) {
      const oldOf = oldItems(schema, old)
      const changed = this.#changed
      for (let at = 0; at < items.length && errors.length < maximumErrors; at++)
        matches += this.node(schema.items, items[at], `${path}[${at}]`, oldOf(items[at]), errors)
      // Of items with the same keys one may have been another.
      this.#changed = changed
    }
    const { minItems, maxItems } = schema.source
    if (minItems !== undefined && items.length < minItems)
      errors.push(unfit(path, items.length, `should have at least ${minItems} items`))
    if (maxItems !== undefined && items.length > maxItems)
      errors.push(manyElements(path, items.length, maxItems))
    return matches
  }

  #fields(
    schema: Structural,
    object: JsonObject,
    path: string,
    old: unknown,
    errors: FieldError[],
  ): number {
    const keys = Object.keys(object)
    const { minProperties, maxProperties } = schema.source
    if (minProperties !== undefined && keys.length < minProperties) {
      errors.push(unfit(path, keys.length, `should have at least ${minProperties} properties`))
      return 0
    }
    if (maxProperties !== undefined && keys.length > maxProperties) {
      errors.push(manyElements(path, keys.length, maxProperties))
      return 0
    }
    let matches = 0
    for (const key of keys) {
      const property = schema.properties.get(key)
      const { additionalProperties: additional } = schema
      const own = property ?? (typeof additional === 'object' ? additional : undefined)
      if (own)
        matches += this.node(own, object[key], child(path, key), this.#old(path, key, old), errors)
      else if (additional === false)
        errors.push(unfit(`${path}.${key}`, key, 'is a forbidden property'))
      if (errors.length >= maximumErrors) return matches
    }
    this.#required(schema, object, path, errors)
    return matches
  }

  #required({ required }: Structural, object: JsonObject, path: string, errors: FieldError[]) {
    this.#left.visits -= required.length / keysPerVisit
    for (const key of required) {
      if (errors.length >= maximumErrors) return
      if (Object.hasOwn(object, key)) continue
      this.#left.visits--
      errors.push(missing(child(path, key)))
    }
  }

  /** What a version is converted to is not what a client changed. */
  #old(path: string, key: string, old: unknown): unknown {
    return path === '' && typeFields.has(key) ? uncorrelated : oldField(old, key)
  }

  /** Alternatives are tried on the same value; parts of it have old values in them as well. */
  #junctors(
    schema: Structural,
    value: unknown,
    path: string,
    old: unknown,
    errors: FieldError[],
  ): number {
    const below = isObject(value) || Array.isArray(value) ? old : uncorrelated
    return checkJunctors(schema, path, errors, (one) => {
      const attempt: Attempt = { errors: [], matches: 0 }
      attempt.matches = this.#isOver(path)
        ? 0
        : this.#checks(one, value, path, below, attempt.errors)
      return attempt
    })
  }

  #isOver(path: string): boolean {
    if (--this.#left.visits >= 0) return false
    this.stoppedAt ??= path
    return true
  }
}

const tooMuchWork = 'was not checked to its end: too many values for a schema of so many parts'
