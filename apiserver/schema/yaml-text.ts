/**
 * YAML as people write it for the API: one document of JSON's types, read as YAML 1.1 does (`yes` is true, `010` is
 * eight, but a timestamp stays text), with repeated keys reported by line. Bounded in size, aliases, depth and values.
 */

import { isUtf8 } from 'node:buffer'
import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { maximumDepth, maximumValues, rawNumber, setOwn } from '../../api/json-text.ts'

export class YamlError extends Error {
  override name = 'YamlError'
}

export interface YamlText {
  value: unknown
  /** `line 11: key "foo" already set in map` */
  problems: string[]
}

/** Reading YAML takes far longer than JSON; what is larger than this comes as JSON from every client. */
export const maximumYamlBytes = 1 << 19

const maximumAliases = 100

const require = createRequire(import.meta.url)
let loaded: typeof Yaml | undefined

/** Loaded by the first document: clients send JSON, even where they say YAML. */
function library(): typeof Yaml {
  loaded ??= require('yaml') as typeof Yaml
  return loaded
}

/** Of YAML 1.1's types those that JSON has as well. */
const tags = (all: Yaml.Tags): Yaml.Tags =>
  all.filter(
    (tag) =>
      typeof tag === 'string' ||
      (!/:(?:timestamp|binary|set|omap|pairs)$/.test(tag.tag) &&
        !('format' in tag && tag.format === 'TIME')),
  )

/** @throws YamlError */
export function parseYaml(bytes: Buffer): YamlText {
  if (bytes.length > maximumYamlBytes)
    throw new YamlError(`more than ${maximumYamlBytes} bytes of YAML; send JSON`)
  if (!isUtf8(bytes)) throw new YamlError('yaml: invalid UTF-8')
  const text = bytes.toString('utf8')
  boundDepth(text)
  const { LineCounter } = library()
  const lines = new LineCounter()
  try {
    const document = firstDocument(text, lines)
    const problems: string[] = []
    findRepeatedKeys(document.contents, (key, at) => {
      const { line } = lines.linePos(at)
      if (problems.length < 100)
        problems.push(`line ${line}: key ${JSON.stringify(key)} already set in map`)
    })
    const value = document.toJS({ maxAliasCount: maximumAliases }) as unknown
    return { value: new Plain().value(value, 0), problems }
  } catch (error) {
    if (error instanceof YamlError) throw error
    // The library's own bounds: aliases (ReferenceError) and, for nested blocks, the stack (RangeError).
    if (
      error instanceof ReferenceError ||
      error instanceof RangeError ||
      error instanceof TypeError
    )
      throw new YamlError(`yaml: ${error.message}`)
    throw error
  }
}

const reading: Yaml.ParseOptions & Yaml.DocumentOptions & Yaml.SchemaOptions = {
  version: '1.1',
  customTags: tags,
  intAsBigInt: true,
  logLevel: 'silent',
  prettyErrors: false,
  // The library compares every key with every other one.
  uniqueKeys: false,
}

type Place = number | [number, number] | { offset: number }

/**
 * It ends with the first thing that is wrong: the library by itself would collect an error with its stack for every
 * second character, which takes seconds.
 */
function firstDocument(text: string, lines: Yaml.LineCounter): Yaml.Document {
  const { Composer, Parser } = library()
  let failure: YamlError | undefined
  const fail = (at: number, message: string): never => {
    // The library may catch it, and report that.
    failure ??= new YamlError(`yaml: line ${lines.linePos(at).line}: ${message}`)
    throw failure
  }
  const onError = (place: Place, _code: string, message: string, warning = false) => {
    if (warning) return
    const at = typeof place === 'number' ? place : Array.isArray(place) ? place[0] : place.offset
    fail(at, message)
  }
  const composer = new Composer(reading)
  Object.assign(composer, { onError })
  const tokens = new Parser(lines.addNewLine).parse(text)
  for (const document of composer.compose(tokens, true, text.length)) {
    const [error] = document.errors
    return error ? fail(error.pos[0], error.message) : document
  }
  throw new YamlError('yaml: no document')
}

/** Dashes after each other on a line, each a list in a list. */
const nestedOnOneLine = new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${maximumDepth}}`, 'm')

/** Brackets that stay open, wherever they stand, or dashes in a row: more of them than any document has. */
function boundDepth(text: string): void {
  if (nestedOnOneLine.test(text)) throw new YamlError('yaml: exceeded max depth')
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === 0x7b || char === 0x5b) {
      if (++depth > maximumDepth) throw new YamlError('yaml: exceeded max depth')
    } else if ((char === 0x7d || char === 0x5d) && depth > 0) depth--
  }
}

function findRepeatedKeys(node: unknown, report: (key: string, at: number) => void): void {
  const { isMap, isScalar, isSeq } = library()
  if (isSeq(node)) for (const item of node.items) findRepeatedKeys(item, report)
  if (!isMap(node)) return
  const seen = new Set<string>()
  for (const { key, value } of node.items) {
    if (isScalar(key) && key.value !== '<<') {
      const name = String(key.value)
      if (seen.has(name)) report(name, key.range?.[0] ?? 0)
      seen.add(name)
    }
    findRepeatedKeys(value, report)
  }
}

/** To JSON's own values, nothing shared: an alias that was read once is written out each time. */
class Plain {
  #values = 0

  value(value: unknown, depth: number): unknown {
    if (depth > maximumDepth) throw new YamlError('yaml: exceeded max depth')
    if (++this.#values > maximumValues)
      throw new YamlError('yaml: document contains excessive aliasing')
    switch (typeof value) {
      case 'bigint': {
        const number = Number(value)
        return Number.isSafeInteger(number) ? number : rawNumber(String(value))
      }
      case 'number':
        if (!Number.isFinite(value)) throw new YamlError(`yaml: ${value} is not a JSON number`)
        return value
      case 'undefined':
        return null
      case 'object':
        return this.#collection(value, depth)
      default:
        return value
    }
  }

  #collection(value: object | null, depth: number): unknown {
    if (value === null) return null
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1))
    const object = {}
    for (const key of Object.keys(value))
      setOwn(object, key, this.value((value as Record<string, unknown>)[key], depth + 1))
    return object
  }
}
