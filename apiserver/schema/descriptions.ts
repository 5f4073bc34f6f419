/**
 * The texts that `kubectl explain` prints, taken from the declarations of the published TypeScript client where it
 * is installed, and kept in a cache outside the tree: they are no part of this project. Where there is no client and
 * no cache, everything works and explains without texts.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { definition, definitionNames } from './schema.ts'

/** Texts by the definition's name, then by the field's; under the empty name stands the definition's own. */
export type Descriptions = ReadonlyMap<string, ReadonlyMap<string, string>>

interface Cache {
  /** Which client the texts are of. */
  source: string
  texts: Record<string, Record<string, string>>
}

const modules = join(import.meta.dirname, '../../node_modules')
const client = '@kubernetes/client-node'
const cacheDirectory = join(modules, '.cache/tiphys')
const cacheFile = join(cacheDirectory, 'descriptions.json')

/** What the cache holds; nothing where there is none. A cache that cannot be read counts as none. */
export function readDescriptions(): Descriptions {
  const texts = readCache()?.texts ?? {}
  return new Map(
    Object.entries(texts).map(([name, fields]) => [name, new Map(Object.entries(fields))]),
  )
}

/**
 * Makes the cache where it is missing or of another version of the client; takes about half a second then.
 * @returns what happened, for the log
 */
export function ensureDescriptions(): 'current' | 'written' | 'no client' {
  const source = clientVersion()
  if (source === undefined) return 'no client'
  if (readCache()?.source === source) return 'current'
  const cache: Cache = { source, texts: collect() }
  mkdirSync(cacheDirectory, { recursive: true })
  const temporary = `${cacheFile}.${process.pid}`
  writeFileSync(temporary, JSON.stringify(cache))
  renameSync(temporary, cacheFile)
  return 'written'
}

function readCache(): Cache | undefined {
  const text = readIfThere(cacheFile)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Cache
  } catch (error) {
    // Half a file is made anew; anything else is a mistake here.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function clientVersion(): string | undefined {
  const text = readIfThere(join(modules, client, 'package.json'))
  return text && `${client} ${(JSON.parse(text) as { version: string }).version}`
}

function collect(): Cache['texts'] {
  const models = join(modules, client, 'dist/gen/models')
  const files = new Set(readdirSync(models).filter((file) => file.endsWith('.d.ts')))
  const texts: Cache['texts'] = {}
  for (const name of definitionNames()) {
    if (!definition(name).published) continue
    const model = modelNames(name).find((candidate) => files.has(`${candidate}.d.ts`))
    if (model === undefined) continue
    const fields = new Map(
      [...definition(name).fields.keys()].map((field) => [comparable(field), field]),
    )
    texts[name] = readModel(readFileSync(join(models, `${model}.d.ts`), 'utf8'), fields)
  }
  return texts
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** `io.k8s.api.core.v1.Event` as `CoreV1Event`, which rules where there is one, or `V1Event`. */
function modelNames(name: string): string[] {
  const [kind = '', version = '', group = ''] = name.split('.').reverse()
  if (version === 'version') return [`Version${kind}`]
  return [`${capital(group)}${capital(version)}${kind}`, `${capital(version)}${kind}`]
}

/** Declarations spell fields so that they are identifiers. */
const comparable = (field: string) => field.replace(/[^A-Za-z0-9]/g, '').toLowerCase()

const documented =
  /\/\*\*\s*\n((?:(?!\*\/)[\s\S])*?)\s*\*\/\s*(?:export declare class (\w+)|'([^']+)'\??:)/g

function readModel(text: string, fields: ReadonlyMap<string, string>): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [, comment = '', declared, field = ''] of text.matchAll(documented)) {
    const name = declared === undefined ? fields.get(comparable(field)) : ''
    if (name !== undefined) texts[name] = plain(comment)
  }
  return texts
}

const plain = (comment: string) =>
  comment
    .replace(/^\s*\*\s?/gm, '')
    .replace(/\\(['"\\])/g, '$1')
    // How the declarations keep a text from ending its comment.
    .replaceAll('*_/', '*/')
    .replaceAll('/_*', '/*')
    .trim()
