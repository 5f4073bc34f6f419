/**
 * What a check of a value against a schema finds, worded as the API's validator words it. An error that is not about
 * one value (`oneOf`) stands at no field, which the API prints as `<nil>`.
 */

import {
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../../resources/field-errors.ts'
import type { FieldError } from '../../resources/resource.ts'
import { excerpt } from './values.ts'

const noField = '<nil>'

/** Values of an enumeration that a message lists. */
const maximumListed = 1000

const at = (path: string) => (path === '' ? noField : path)

export const wrongType = (path: string, type: string, given: string): FieldError =>
  wrongKind(path, type, excerpt(given))

const wrongKind = (path: string, type: string, given: unknown): FieldError =>
  typeInvalid(at(path), given, `${path} in body must be of type ${type}: ${JSON.stringify(given)}`)

export const missing = (path: string): FieldError => required(path)

export const outsideEnum = (path: string, value: unknown, values: readonly unknown[]): FieldError =>
  notSupported(
    at(path),
    excerpt(value),
    values
      .slice(0, maximumListed)
      .map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
  )

export const longText = (path: string, most: number): FieldError => tooLong(at(path), most)

export const manyElements = (path: string, count: number, most: number): FieldError =>
  tooMany(at(path), count, most)

/** @param rest after the path: `should be at least 3 chars long` */
export const unfit = (path: string, value: unknown, rest: string): FieldError =>
  invalid(at(path), excerpt(value), `${path} in body ${rest}`)

/** @param rest after the quoted path: `must validate at least one schema (anyOf)` */
export const unfitWhole = (path: string, rest: string): FieldError =>
  invalid(noField, '', `${JSON.stringify(path)} ${rest}`)

/** A number that its type cannot hold; the API tells these at no field. */
export const outOfRange = (path: string, what: string, type: string, format: string): FieldError =>
  invalid(
    noField,
    '',
    `${what} value must be of type ${type} ${format === '' ? '(default format)' : `with format ${format}`} in ${path}`,
  )
