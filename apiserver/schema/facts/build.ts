/**
 * Writes `facts.json`, the structure of the API's kinds as one compact table, from two published tables of v1.36:
 * the facts of its OpenAPI document, and the field numbers of its protobuf messages. Run once for each level:
 *
 *     node apiserver/schema/facts/build.ts openapi-facts.json.gz protobuf-fields.json.gz
 *
 * It refuses input where the two tables contradict each other. The form of its output stands in `schema.ts`.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

type FieldFacts = Record<string, unknown> & { type?: string }
interface DefinitionFacts {
  required?: string[]
  gvk?: [string, string, string][]
  fields?: Record<string, FieldFacts>
  'x-kubernetes-map-type'?: string
  'x-kubernetes-unions'?: object[]
}
interface OpenApiFacts {
  version: string
  definitions: Record<string, DefinitionFacts>
}
type MessageField = [number: number, name: string, type: string, flags: string]
interface ProtobufFacts {
  packages: Record<string, [group: string, version: string]>
  special: Record<string, string[]>
  messages: Record<string, { fields: MessageField[]; tm?: 1 }>
}

const forms: Record<string, string> = {
  Time: 'time',
  MicroTime: 'microTime',
  Duration: 'duration',
  Quantity: 'quantity',
  IntOrString: 'intOrString',
  RawExtension: 'json',
  FieldsV1: 'json',
  JSON: 'json',
  JSONSchemaPropsOrArray: 'schemaOrArray',
  JSONSchemaPropsOrBool: 'schemaOrBool',
  JSONSchemaPropsOrStringArray: 'schemaOrStrings',
}

/** Served by nobody at this level but spoken: webhooks' reviews, discovery, the options of requests. */
const spoken = /\.(admission\.v1|apidiscovery\.v2|pkg\.apis\.meta\.v1|pkg\.runtime)$/

const read = (path: string) => JSON.parse(gunzipSync(readFileSync(path)).toString())
const split = (name: string): [string, string] => {
  const dot = name.lastIndexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}

/** `io.k8s.api.core.v1` as `core.v1`; `io.k8s.apimachinery.pkg.util.intstr` as `util.intstr`. */
const alias = (packageName: string) => packageName.split('.').slice(-2).join('.')

function token(text: string): string {
  if (text.includes(';')) throw new Error(`a token must not hold a semicolon: ${text}`)
  return text
}

class Builder {
  readonly openApi: OpenApiFacts
  readonly protobuf: ProtobufFacts

  constructor(openApi: OpenApiFacts, protobuf: ProtobufFacts) {
    this.openApi = openApi
    this.protobuf = protobuf
  }

  build(): object {
    const packages: Record<string, string> = {}
    const definitions: Record<string, Record<string, string[]>> = {}
    for (const name of this.#names()) {
      const [packageName, short] = split(name)
      const known = packages[alias(packageName)]
      if (known !== undefined && known !== packageName)
        throw new Error(`${known} and ${packageName} share an alias`)
      packages[alias(packageName)] = packageName
      definitions[alias(packageName)] ??= {}
      definitions[alias(packageName)]![short] = this.#definition(name)
    }
    const groups = Object.fromEntries(
      Object.entries(packages)
        .filter(([, packageName]) => this.protobuf.packages[packageName])
        .map(([short, packageName]) => [short, this.protobuf.packages[packageName]?.join('/')]),
    )
    return { version: this.openApi.version, packages, groups, definitions }
  }

  #names(): string[] {
    const names = new Set(Object.keys(this.openApi.definitions))
    for (const name of Object.keys(this.protobuf.messages))
      if (spoken.test(split(name)[0])) names.add(name)
    for (const name of names)
      for (const [, , type] of this.protobuf.messages[name]?.fields ?? []) {
        const referred = /message:([^>]*)/.exec(type)?.[1]
        if (referred) names.add(referred)
      }
    return [...names].sort()
  }

  #definition(name: string): string[] {
    const facts = this.openApi.definitions[name]
    const message = this.protobuf.messages[name]
    const [packageName, short] = split(name)
    const head: string[] = []
    if (facts) head.push('published')
    if (message?.tm || (facts?.fields?.apiVersion && facts.fields.kind)) head.push('typeMeta')
    if (facts?.gvk) head.push(this.#kinds(facts.gvk, packageName, short))
    if (facts?.['x-kubernetes-map-type']) head.push(`map=${facts['x-kubernetes-map-type']}`)
    if (facts?.['x-kubernetes-unions'])
      head.push(token(`unions=${JSON.stringify(facts['x-kubernetes-unions'])}`))
    const form = this.protobuf.special.sliceWrapper?.includes(name) ? 'list' : forms[short]
    if (form) head.push(`form=${form}`)
    const fields = message
      ? message.fields.map((field) => this.#field(name, field))
      : Object.entries(facts?.fields ?? {}).map(([field, { type = '' }]) =>
          this.#described(`${field}:0 ${type}`, facts, field),
        )
    return [head.join(';'), ...fields]
  }

  #kinds(kinds: [string, string, string][], packageName: string, short: string): string {
    const own = [...(this.protobuf.packages[packageName] ?? []), short].join('/')
    const listed = kinds.map((kind) => kind.join('/'))
    return listed.length === 1 && listed[0] === own ? 'kind' : token(`kinds=${listed.join(',')}`)
  }

  #field(owner: string, [number, name, type, flags]: MessageField): string {
    const [packageName] = split(owner)
    const map = /^map<string,(.*)>$/.exec(type)
    const prefix = flags.includes('r') ? '[]' : map ? '{}' : ''
    const written = (map?.[1] ?? type).replace(/^message:(.*)$/, (_, referred: string) => {
      const [home, short] = split(referred)
      return home === packageName ? short : `${alias(home)}.${short}`
    })
    const marks = `${flags.includes('p') ? '*' : ''}${flags.includes('o') ? '?' : ''}${flags.includes('z') ? '~' : ''}${flags.includes('i') ? '^' : ''}`
    const facts = this.openApi.definitions[owner] ?? this.#embedder(owner)
    return this.#described(`${name}:${number} ${prefix}${written}`, facts, name, marks)
  }

  /** What is known of a message that JSON knows only as a part of another. */
  #embedder(name: string): DefinitionFacts | undefined {
    const owner = Object.entries(this.protobuf.messages).find(
      ([owner, { fields }]) =>
        this.openApi.definitions[owner] &&
        fields.some(([, , type, flags]) => flags.includes('i') && type === `message:${name}`),
    )
    return owner && this.openApi.definitions[owner[0]]
  }

  #described(text: string, owner: DefinitionFacts | undefined, name: string, marks = ''): string {
    const facts = owner?.fields?.[name] ?? {}
    const all = marks + (owner?.required?.includes(name) ? '!' : '')
    const extra: [string, unknown][] = [
      ['list', facts['x-kubernetes-list-type']],
      ['keys', facts['x-kubernetes-list-map-keys']],
      ['map', facts['x-kubernetes-map-type']],
      ['patch', facts['x-kubernetes-patch-strategy']],
      ['on', facts['x-kubernetes-patch-merge-key']],
      ['enum', facts.enumGo],
      ['default', facts.defaultGo === undefined ? undefined : JSON.stringify(facts.defaultGo)],
    ]
    const tokens = extra
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => token(`${key}=${String(value)}`))
    return [text, ...(all ? [all] : []), ...tokens].join(';')
  }
}

const [openApiPath = '', protobufPath = ''] = process.argv.slice(2)
const table = new Builder(read(openApiPath), read(protobufPath)).build() as {
  definitions: Record<string, Record<string, string[]>>
}
/** One definition a line, so that a change reads as one. */
const { definitions, ...head } = table
const lines = Object.entries(definitions).map(
  ([short, own]) =>
    `${JSON.stringify(short)}:{\n${Object.entries(own)
      .map(([name, rows]) => `${JSON.stringify(name)}:${JSON.stringify(rows)}`)
      .join(',\n')}}`,
)
writeFileSync(
  join(import.meta.dirname, 'facts.json'),
  `${JSON.stringify(head).slice(0, -1)},\n"definitions":{\n${lines.join(',\n')}}}\n`,
)
