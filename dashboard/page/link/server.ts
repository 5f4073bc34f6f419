/** Asks the page server. Every refusal becomes a `Refusal`, which says what happened and what to do next. */

import type {
  DiffView,
  EventsView,
  ListView,
  LogView,
  RolloutView,
  TimelineView,
  UndoDone,
  UndoPlan,
  WhyView,
} from '../../protocol.ts'
import type { Ports } from '../ports.ts'

export class Refusal extends Error {
  override name = 'Refusal'
  /** 0 where nobody answered. */
  readonly status: number
  readonly next: string
  /** With a 409 of an undo. */
  readonly plan: UndoPlan | undefined

  constructor(status: number, message: string, next = '', plan?: UndoPlan) {
    super(message)
    this.status = status
    this.next = next
    this.plan = plan
  }
}

type Query = Record<string, string | number | undefined>

/** Which Deployment of which namespace, and when. */
export type Subject = {
  namespace: string
  deployment: string
  revision?: number
}

export type Server = ReturnType<typeof createServer>

export function createServer(ports: Ports, token: () => string) {
  const ask = async <T>(path: string, query: Query, init: RequestInit = {}): Promise<T> =>
    (await answer(ports, token(), withQuery(path, query), init)).json() as Promise<T>
  const post = <T>(path: string, body: object) =>
    ask<T>(
      path,
      {},
      {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
      },
    )
  return {
    at: (query: Subject, signal?: AbortSignal) => ask<RolloutView>('/api/at', query, on(signal)),
    list: (query: { namespace: string; revision?: number }, signal?: AbortSignal) =>
      ask<ListView>('/api/list', query, on(signal)),
    timeline: (query: Subject, signal?: AbortSignal) =>
      ask<TimelineView>('/api/timeline', query, on(signal)),
    why: (query: Subject & { pod?: string }, signal?: AbortSignal) =>
      ask<WhyView>('/api/why', query, on(signal)),
    diff: (query: Subject & { from: string; to: string }, signal?: AbortSignal) =>
      ask<DiffView>('/api/diff', query, on(signal)),
    events: (query: Subject & { pod?: string }, signal?: AbortSignal) =>
      ask<EventsView>('/api/events', query, on(signal)),
    log: (
      query: {
        namespace: string
        pod: string
        uid: string
        container: string
        revision?: number
      },
      signal?: AbortSignal,
    ) => ask<LogView>('/api/log', query, on(signal)),
    yaml: (
      query: { namespace: string; kind: string; name: string; revision?: number },
      signal?: AbortSignal,
    ) => ask<{ yaml: string }>('/api/yaml', query, on(signal)),
    plan: (query: { namespace: string; deployment: string; to?: string }) =>
      ask<UndoPlan>('/api/undo', query),
    undo: (body: { namespace: string; deployment: string; to: string; resourceVersion: string }) =>
      post<UndoDone>('/api/undo', body),
    pause: (
      verb: 'pause' | 'resume',
      body: { namespace: string; deployment: string; resourceVersion: string },
    ) => post<object>(`/api/${verb}`, body),
    recording: async (namespace: string): Promise<Blob> =>
      (await answer(ports, token(), withQuery('/api/recording', { namespace }), {})).blob(),
  }
}

const on = (signal: AbortSignal | undefined): RequestInit => (signal ? { signal } : {})

function withQuery(path: string, query: Query): string {
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') fields.set(name, String(value))
  const text = fields.toString()
  return text ? `${path}?${text}` : path
}

/** @throws Refusal; an aborted request throws what `fetch` throws */
async function answer(
  ports: Ports,
  token: string,
  path: string,
  init: RequestInit,
): Promise<Response> {
  let response: Response
  try {
    const headers = { ...(init.headers as object), Authorization: `Bearer ${token}` }
    response = await ports.fetch(path, { ...init, headers, cache: 'no-store' })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Refusal(0, 'The page server does not answer.', 'Is tiphys running?')
  }
  if (response.ok) return response
  throw await refusalOf(response)
}

/** What a refusal says, or in plain words that it is one. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const text = await response.text()
  try {
    const { error, plan } = JSON.parse(text) as {
      error: { message: string; next?: string }
      plan?: UndoPlan
    }
    return new Refusal(response.status, error.message, error.next, plan)
  } catch (_notOurs) {
    return new Refusal(response.status, text || `The page server answered ${response.status}.`)
  }
}
