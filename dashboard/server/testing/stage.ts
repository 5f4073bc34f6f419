/** A dashboard before an API server in this process: a Deployment of two templates, written as its controllers would. */

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type Ask, startWireServer, type WireServer } from '../../../apiserver/wire/wire.ts'
import { request } from '../../../ports/node-http.ts'
import { seededRandom } from '../../../ports/random.ts'
import { systemClock } from '../../../ports/system-clock.ts'
import { type Assets, assetOf } from '../assets.ts'
import { type Dashboard, type DashboardOptions, startDashboard } from '../dashboard.ts'
import { newToken } from '../token.ts'

export const assets: Assets = new Map([
  ['/index.html', assetOf('index.html', Buffer.from('<!doctype html>'))!],
  ['/page-ABCD1234.js', assetOf('page-ABCD1234.js', Buffer.from('0'))!],
])

export interface Answer {
  code: number
  headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  json: any
  text: string
}

export interface Asked {
  method?: string
  headers?: Record<string, string>
  body?: object | string
}

/** One event of a stream. */
export interface Heard {
  id: string
  type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  data: any
}

export interface Stream {
  /** Waits for the first, from now on, that is liked. */
  until(like: (event: Heard) => boolean): Promise<Heard>
  /** All that came so far. */
  readonly heard: Heard[]
  close(): void
}

export interface Front {
  readonly dashboard: Dashboard
  readonly token: string
  /** What the server reported. */
  readonly reported: unknown[]
  ask(path: string, asked?: Asked): Promise<Answer>
  stream(query: string, headers?: Record<string, string>): Promise<Stream>
  close(): Promise<void>
}

export async function startFront(of: DashboardOptions['of']): Promise<Front> {
  const token = newToken()
  const reported: unknown[] = []
  const dashboard = await startDashboard({
    of,
    port: 0,
    token,
    assets,
    clock: systemClock,
    random: seededRandom(1),
    report: (error) => reported.push(error),
  })
  const open = async (path: string, { method = 'GET', headers = {}, body }: Asked = {}) => {
    const { port } = dashboard
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const all = { authorization: `Bearer ${token}`, ...json, ...headers }
    const sent = request({ host: '127.0.0.1', port, path, method, headers: all })
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.setEncoding('utf8')
    return response
  }
  return {
    dashboard,
    token,
    reported,
    async ask(path, asked) {
      const response = await open(path, asked)
      const text = (await response.toArray()).join('')
      const isJson = response.headers['content-type'] === 'application/json'
      return {
        code: response.statusCode ?? 0,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      }
    },
    stream: async (query, headers) =>
      streamOf(await open(`/api/stream?${query}`, headers ? { headers } : {})),
    close: () => dashboard.close(),
  }
}

function streamOf(response: IncomingMessage): Stream {
  const heard: Heard[] = []
  let rest = ''
  let wake = () => {}
  response.on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n')
    rest = events.pop() ?? ''
    for (const text of events) {
      const fields = new Map(
        text.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line] as const),
      )
      const field = (name: string) => fields.get(name)?.slice(name.length + 2) ?? ''
      if (field('data') !== '')
        heard.push({ id: field('id'), type: field('event'), data: JSON.parse(field('data')) })
    }
    wake()
  })
  response.on('close', () => wake())
  response.on('error', () => wake())
  let seen = 0
  return {
    heard,
    async until(like) {
      for (;;) {
        while (seen < heard.length) {
          const event = heard[seen++]!
          if (like(event)) return event
        }
        if (response.closed) throw new Error('the stream has ended')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close: () => response.destroy(),
  }
}

export interface Stage extends Front {
  readonly wire: WireServer
  /** Asks the API server as an administrator; throws when it refuses. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  write(method: string, path: string, body?: Ask['body'], headers?: Ask['headers']): Promise<any>
}

/** With nothing in it. */
export async function startStage(): Promise<Stage> {
  const wire = await startWireServer()
  const config = {
    server: wire.server.url,
    ca: wire.authority.certificate,
    certificate: wire.admin.certificate,
    key: wire.admin.key,
  }
  const front = await startFront({ config, context: 'stage' })
  return {
    ...front,
    wire,
    async write(method, path, body, headers) {
      const answer = await wire.ask(method, path, {
        ...(body !== undefined && { body }),
        ...(headers && { headers }),
      })
      if (answer.code >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
      return answer.json
    },
    async close() {
      await front.close()
      await wire.close()
    },
  }
}

export const apps = '/apis/apps/v1/namespaces/default'
export const core = '/api/v1/namespaces/default'

const templateOf = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image }] },
})

/** Makes the Deployment `web`. */
export const makeWeb = (stage: Stage, image: string) =>
  stage.write('POST', `${apps}/deployments`, {
    metadata: { name: 'web', annotations: { 'deployment.kubernetes.io/revision': '1' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: templateOf(image),
    },
  })

/** As the Deployment's controller would: a ReplicaSet of the present template. */
export async function makeReplicaSet(stage: Stage, hash: string, image: string, revision: number) {
  const { metadata } = await stage.write('GET', `${apps}/deployments/web`)
  const { labels } = templateOf(image).metadata
  const named = { ...labels, 'pod-template-hash': hash }
  return stage.write('POST', `${apps}/replicasets`, {
    metadata: {
      name: `web-${hash}`,
      labels: named,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [owner('apps/v1', 'Deployment', 'web', metadata.uid)],
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: named },
      template: { ...templateOf(image), metadata: { labels: named } },
    },
  })
}

const owner = (apiVersion: string, kind: string, name: string, uid: string) => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
})

/** As the ReplicaSet's controller would. */
export async function makePod(stage: Stage, hash: string, name: string) {
  const { metadata, spec } = await stage.write('GET', `${apps}/replicasets/web-${hash}`)
  return stage.write('POST', `${core}/pods`, {
    metadata: {
      name,
      labels: metadata.labels,
      ownerReferences: [owner('apps/v1', 'ReplicaSet', metadata.name, metadata.uid)],
    },
    spec: spec.template.spec,
  })
}

/** As the kubelet would. */
export const makeReady = (stage: Stage, name: string) =>
  stage.write(
    'PATCH',
    `${core}/pods/${name}/status`,
    {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    },
    { 'Content-Type': 'application/merge-patch+json' },
  )

/** `kubectl set image`, and the ReplicaSet that follows from it. */
export async function rollOut(stage: Stage, hash: string, image: string, revision: number) {
  await stage.write(
    'PATCH',
    `${apps}/deployments/web`,
    { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
    { 'Content-Type': 'application/strategic-merge-patch+json' },
  )
  return makeReplicaSet(stage, hash, image, revision)
}
