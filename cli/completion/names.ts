/**
 * Names from the cluster, for one who is typing: asked for with little patience, and silently none where there is no answer.
 * Only names travel, not objects; of revisions what is in them as well.
 */

import { readFile } from 'node:fs/promises'
import { controllerOf } from '../../api/owner.ts'
import type { ReplicaSet } from '../../api/types.ts'
import { httpTransport, type Transport } from '../../controllers/framework/http-transport.ts'
import { imagesOf } from '../../rollouts/change.ts'
import { hashOf } from '../../rollouts/history.ts'
import { revisionOf } from '../../rollouts/revision.ts'
import type { Context } from '../context.ts'
import { configFor, kubeconfigsOf, type PlaceFlags } from '../rollout/place.ts'
import { objectNamed } from '../rollout/target.ts'
import type { AskNames, Candidate, NameQuestion } from './complete.ts'

/** Milliseconds that somebody waits for a completion at most. */
const patience = 1_000
/** Names that are asked for. */
const most = 500

type Asker = Pick<Context, 'clock' | 'env' | 'uid'>

/** Answers with nothing when there is no cluster, no answer in time, or no permission. */
export const askCluster =
  (asker: Asker): AskNames =>
  async (question) => {
    try {
      if (question.what === 'contexts') return { names: await contexts(asker, question.place) }
      if (question.what === 'objects' && !question.typed.includes('/'))
        return { names: kindPrefixes, partial: true }
      return {
        names: await withServer(asker, question.place, (server) => namesOf(server, question)),
      }
    } catch {
      // Whoever types on will hear the reason from the command itself.
      return { names: [] }
    }
  }

/** Where objects of a kind are listed below. */
const places: ReadonlyMap<string, string> = new Map([
  ['deploy', 'apis/apps/v1/deployments'],
  ['pod', 'api/v1/pods'],
  ['rs', 'apis/apps/v1/replicasets'],
  ['svc', 'api/v1/services'],
  ['cm', 'api/v1/configmaps'],
  ['sts', 'apis/apps/v1/statefulsets'],
  ['ds', 'apis/apps/v1/daemonsets'],
  ['job', 'apis/batch/v1/jobs'],
  ['pvc', 'api/v1/persistentvolumeclaims'],
  ['sa', 'api/v1/serviceaccounts'],
])

const kindPrefixes: Candidate[] = [...places.keys()].map((kind) => ({ text: `${kind}/` }))

const spellings: ReadonlyMap<string, string> = new Map([
  ['deployment', 'deploy'],
  ['replicaset', 'rs'],
  ['service', 'svc'],
  ['configmap', 'cm'],
  ['statefulset', 'sts'],
  ['daemonset', 'ds'],
  ['persistentvolumeclaim', 'pvc'],
  ['serviceaccount', 'sa'],
  ['po', 'pod'],
])

interface Server {
  namespace: string
  /** The items of a list. */
  list(path: string, options?: { whole?: boolean }): Promise<Named[]>
}

interface Named {
  metadata: { name?: string }
}

const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'

async function withServer<T>(
  asker: Asker,
  place: PlaceFlags,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const { clock } = asker
  const config = await configFor(asker, place)
  const namespace = place.namespace ?? config.namespace ?? 'default'
  const transport: Transport = httpTransport({
    config,
    clock,
    userAgent: 'tiphys-completion',
    connectTimeout: patience,
    firstByteTimeout: patience,
    silenceTimeout: patience,
  })
  const cancel = clock.after(patience, () => transport.close())
  try {
    return await work({
      namespace,
      async list(path, { whole } = {}) {
        const headers = { accept: whole ? 'application/json' : partial }
        const query = `${path}?limit=${most}`
        const { status, body } = await transport.request({ method: 'GET', path: query, headers })
        return status === 200 ? (JSON.parse(body) as { items: Named[] }).items : []
      },
    })
  } finally {
    cancel()
    transport.close()
  }
}

function namesOf(server: Server, question: NameQuestion): Promise<Candidate[]> {
  const { what, typed, before } = question
  switch (what) {
    case 'deployments':
      return deployments(server, typed)
    case 'objects':
      return objects(server, typed)
    case 'versions':
      return versions(server, before[0])
    case 'namespaces':
      return named(server, '/api/v1/namespaces', '')
    case 'contexts':
      return Promise.resolve([])
    default:
      return what satisfies never
  }
}

async function named({ list }: Server, path: string, prefix: string): Promise<Candidate[]> {
  return (await list(path)).map(({ metadata }) => ({ text: `${prefix}${metadata.name}` }))
}

/** As `deploy/NAME`; bare where somebody has begun a bare name. */
async function deployments(server: Server, typed: string): Promise<Candidate[]> {
  const slash = typed.indexOf('/')
  const prefix = slash >= 0 ? typed.slice(0, slash + 1) : 'deploy/'
  const path = `/apis/apps/v1/namespaces/${server.namespace}/deployments`
  const all = await named(server, path, prefix)
  if (slash >= 0 || 'deploy/'.startsWith(typed)) return all
  return all.map(({ text }) => ({ text: text.slice(prefix.length) }))
}

async function objects(server: Server, typed: string): Promise<Candidate[]> {
  const word = typed.slice(0, typed.indexOf('/'))
  const singular = word.toLowerCase().replace(/\..*$/, '').replace(/s$/, '')
  const path = places.get(spellings.get(singular) ?? singular) ?? places.get(word)
  if (!path) return []
  const [, root, resource] = /^(.*)\/([^/]+)$/.exec(path) ?? []
  return named(server, `/${root}/namespaces/${server.namespace}/${resource}`, `${word}/`)
}

/** By their hashes; the number and the images are told beside them. */
async function versions(server: Server, words: string | undefined): Promise<Candidate[]> {
  if (!words) return []
  const { name } = objectNamed(words)
  const path = `/apis/apps/v1/namespaces/${server.namespace}/replicasets`
  const replicaSets = (await server.list(path, { whole: true })) as ReplicaSet[]
  return replicaSets
    .filter((each) => controllerOf(each)?.name === name)
    .sort((a, b) => revisionOf(b) - revisionOf(a))
    .map((each) => ({
      text: hashOf(each),
      description: `revision ${revisionOf(each)}: ${imagesOf(each.spec?.template).join(', ')}`,
    }))
}

async function contexts(asker: Asker, place: PlaceFlags): Promise<Candidate[]> {
  const { parse } = await import('yaml')
  const texts = await Promise.all(kubeconfigsOf(asker, place).map((path) => readFile(path, 'utf8')))
  const configs = texts.map((text) => parse(text) as { contexts?: { name?: string }[] } | null)
  return configs
    .flatMap((config) => config?.contexts ?? [])
    .flatMap(({ name }) => (name ? [{ text: name }] : []))
}
