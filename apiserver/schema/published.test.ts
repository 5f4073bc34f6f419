import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Discovery } from '../http/discovery.ts'
import { resources } from '../resources/index.ts'
import { definitionFacts, type Facts, type OpenApiV2, operationFacts } from './facts/normal-form.ts'
import { OpenApi } from './openapi.ts'

interface Subresource {
  verbs: string[]
  /** Of a connection. */
  methods?: string[]
  gvk: readonly [group: string, version: string, kind: string]
}

interface Published {
  operations: Facts
  definitions: Facts
  resources: Record<
    string,
    Record<
      string,
      {
        kind: readonly [string, string, string]
        namespaced: boolean
        verbs: string[]
        subresources?: Record<string, Subresource>
      }
    >
  >
}

interface Listed {
  name: string
  namespaced: boolean
  kind: string
  group?: string
  version?: string
  verbs: string[]
}

const published = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, 'facts/published.json.gz'))).toString(),
) as Published
const served = { all: resources }
const openApi = new OpenApi(served, { descriptions: new Map() })
const v2 = JSON.parse(openApi.v2().bytes.toString()) as OpenApiV2

/** What is published and deliberately not the same here, and why. */
const deliberate = new Map([
  ['get /logs/', 'the log files of the machine are not the API’s to show'],
  ['get /logs/{logpath}', 'the log files of the machine are not the API’s to show'],
])

/** What the two do not say alike, but for the deliberate. */
function differences(ours: Facts, theirs: Facts): string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    .filter((name) => ours[name] !== theirs[name] && !deliberate.has(name))
    .map((name) => `${name}\n  published: ${theirs[name]}\n  served:    ${ours[name]}`)
    .sort()
}

const resourceText = (namespaced: boolean, gvk: readonly string[], verbs: readonly string[]) =>
  `${namespaced ? 'namespaced' : 'cluster'} ${gvk.join('/')} ${[...verbs].sort().join(',')}`

/** The verbs in discovery of a connection by its methods; those of no verb are reached by GET's. */
const verbOfMethod = new Map([
  ['get', 'get'],
  ['post', 'create'],
  ['put', 'update'],
  ['patch', 'patch'],
  ['delete', 'delete'],
])

function publishedDiscovery(): Facts {
  const facts: Facts = {}
  for (const [groupVersion, all] of Object.entries(published.resources))
    for (const [plural, { kind, namespaced, verbs, subresources = {} }] of Object.entries(all)) {
      facts[`${groupVersion} ${plural}`] = resourceText(namespaced, kind, verbs)
      for (const [name, { verbs, methods = [], gvk }] of Object.entries(subresources)) {
        const own = verbs.includes('connect')
          ? methods.flatMap((method) => verbOfMethod.get(method) ?? [])
          : verbs
        facts[`${groupVersion} ${plural}/${name}`] = resourceText(namespaced, gvk, own)
      }
    }
  return facts
}

function servedDiscovery(): Facts {
  const discovery = new Discovery(served)
  const facts: Facts = {}
  for (const groupVersion of discovery.groupVersions()) {
    const [group, version] = groupVersion.includes('/')
      ? groupVersion.split('/')
      : ['', groupVersion]
    const path = `/${group === '' ? 'api' : 'apis'}/${groupVersion}`
    const list = JSON.parse(discovery.legacy(path)!.bytes.toString()) as { resources: Listed[] }
    for (const { name, namespaced, kind, verbs, ...other } of list.resources) {
      const gvk = [other.group ?? group ?? '', other.version ?? version ?? '', kind]
      facts[`${groupVersion} ${name}`] = resourceText(namespaced, gvk, verbs)
    }
  }
  return facts
}

const operationsIn = ({ paths }: OpenApiV2) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  )

describe('what is served, beside what Kubernetes publishes', () => {
  it('has the same paths, verbs, kinds, parameters and answers', () =>
    assert.deepEqual(differences(operationFacts(v2), published.operations), []))

  it('has the same definitions: fields, what is required, how lists and maps merge', () =>
    assert.deepEqual(differences(definitionFacts(v2), published.definitions), []))

  it('has the same resources, subresources and verbs in discovery', () =>
    assert.deepEqual(differences(servedDiscovery(), publishedDiscovery()), []))

  it('has the same operations in OpenAPI v3, a document for each group and version', () => {
    const { paths } = JSON.parse(openApi.index().toString()) as { paths: Record<string, object> }
    const operations = Object.keys(paths).flatMap((path) =>
      operationsIn(JSON.parse(openApi.document(path)!.bytes.toString()) as OpenApiV2),
    )
    assert.deepEqual(operations.sort(), operationsIn(v2).sort())
  })

  it('differs on purpose only where it differs', () => {
    const ours = operationFacts(v2)
    for (const name of deliberate.keys())
      assert.notEqual(ours[name], published.operations[name], name)
  })
})
