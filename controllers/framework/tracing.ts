/**
 * Spans of what a controller does: a key's way from the change of an object over the queue and the run to each request.
 * The tracer is handed in and has the shape of the OpenTelemetry API's, so that any of its SDKs fits and none is needed.
 */

import type { Cause } from './causes.ts'
import type { Key } from './inputs.ts'

/** What an attribute of a span may be. */
export type AttributeValue = string | number | boolean | string[]

/** How a span begins. */
export interface SpanOptions {
  /** As in OpenTelemetry: 0 internal, 2 client. */
  kind?: number
  attributes?: Record<string, AttributeValue>
  /** Milliseconds since the Unix epoch; now without it. */
  startTime?: number
}

/** What is used of OpenTelemetry's `Span`. */
export interface Span {
  setAttribute(name: string, value: AttributeValue): unknown
  /** 2: an error. */
  setStatus(status: { code: number; message?: string }): unknown
  recordException(error: Error): unknown
  end(time?: number): unknown
}

/**
 * What is used of OpenTelemetry's `Tracer`. Spans that are begun while a span is active belong to it.
 *
 *     import { trace } from '@opentelemetry/api'
 *     await main({ name: 'site', kinds: [Site], controllers: [site], tracer: trace.getTracer('site') }, args)
 */
export interface Tracer {
  startSpan(name: string, options?: SpanOptions): Span
  startActiveSpan<T>(name: string, options: SpanOptions, run: (span: Span) => T): T
}

const internal = 0
const client = 2
const failed = 2

/** What is known of a run as it begins. */
export interface RunBeginning {
  controller: string
  key: Key
  causes: readonly Cause[]
  /** Milliseconds that the key has waited in the queue. */
  waited: number
  /** Milliseconds since the Unix epoch. */
  now: number
}

/** The span of a key from its trigger to the end of its run, with one for the queue and one for the run itself. */
export function traceRun<T extends { error?: unknown }>(
  tracer: Tracer,
  { controller, key, causes, waited, now }: RunBeginning,
  run: () => Promise<T>,
): Promise<T> {
  const attributes = {
    'k8s.namespace.name': key.namespace,
    'tiphys.name': key.name,
    'tiphys.controller': controller,
    'tiphys.causes': causes.map(causeText),
  }
  const startTime = now - waited
  const name = `${controller} ${key.namespace ? `${key.namespace}/` : ''}${key.name}`
  const all = { kind: internal, attributes, startTime }
  return tracer.startActiveSpan(name, all, async (root) => {
    tracer.startSpan('queue', { kind: internal, startTime }).end(now)
    const ended = await tracer.startActiveSpan('reconcile', { kind: internal }, async (span) => {
      const result = await ending(span, run)
      if (result.error !== undefined) fail(root, result.error)
      return result
    })
    root.end()
    return ended
  })
}

/** The span of one request. */
export const traceRequest = <T>(
  tracer: Tracer,
  name: string,
  attributes: Record<string, AttributeValue>,
  ask: () => Promise<T>,
): Promise<T> =>
  tracer.startActiveSpan(name, { kind: client, attributes }, (span) => ending(span, ask))

async function ending<T>(span: Span, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    fail(span, error)
    throw error
  } finally {
    span.end()
  }
}

function fail(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error))
  span.recordException(known)
  span.setStatus({ code: failed, message: known.message })
}

/** `Deployment default/web updated at 712`, for logs and spans. */
export function causeText(cause: Cause): string {
  if (!('change' in cause)) return cause.role
  const { kind, namespace, name, change, resourceVersion } = cause
  const at = resourceVersion === undefined ? '' : ` at ${resourceVersion}`
  return `${kind} ${namespace ? `${namespace}/` : ''}${name} ${change}${at}`
}
