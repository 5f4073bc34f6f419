/**
 * Asks webhooks, whatever for: admission, conversion. It goes where the configuration says and nowhere else (no
 * redirects, no proxies), believes only the certificate that the configuration vouches for, and gives up in time.
 */

import { Agent, type RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Lister } from '../registry/lister.ts'
import { boundedPost } from './bounded-post.ts'
import { servicePlace } from './service-address.ts'
import { WebhookFailure } from './webhook-failure.ts'

/** As it stands in webhook configurations and in the conversion of a CustomResourceDefinition. */
export interface WebhookClientConfig {
  /** `https://host:port/path`; else `service` is there. */
  url?: string
  service?: { namespace: string; name: string; path?: string; port?: number }
  /** PEM in base64; without it those whom the machine trusts. */
  caBundle?: string
}

export interface WebhookCall {
  config: WebhookClientConfig
  /** Sent as JSON. */
  body: object
  timeoutSeconds: number
  signal?: AbortSignal
  /** Of the answer; 8 MiB unless told. */
  maximumBytes?: number
}

/** Webhooks that are answered in this process, by the URL under which they are configured: body for body. */
export type LocalWebhooks = ReadonlyMap<string, (body: Buffer) => string | Promise<string>>

export interface WebhookPorts {
  lister: Lister
  clock: Clock
  random: Random
  local?: LocalWebhooks
}

const answerBytes = 8 << 20

/** Further requests to the same place wait for their turn, within their own time. */
const connectionsPerPlace = 32
const idleConnections = 4
/** Milliseconds until a connection that nobody uses is closed: places come and go. */
const idleMs = 90_000

export class WebhookClient {
  readonly #ports: WebhookPorts
  readonly #agent = new Agent({
    keepAlive: true,
    maxSockets: connectionsPerPlace,
    maxFreeSockets: idleConnections,
    scheduling: 'lifo',
    // Only of connections that nobody uses.
    timeout: idleMs,
  })

  constructor(ports: WebhookPorts) {
    this.#ports = ports
  }

  /** The bytes of the answer. @throws WebhookFailure `Post "https://...?timeout=10s": context deadline exceeded` */
  async call(call: WebhookCall): Promise<Buffer> {
    const { config, body, timeoutSeconds, signal, maximumBytes = answerBytes } = call
    const local = config.url !== undefined && this.#ports.local?.get(config.url)
    if (local) return Buffer.from(await local(Buffer.from(JSON.stringify(body))))
    const asked = addressOf(config, timeoutSeconds)
    const { clock } = this.#ports
    const controller = new AbortController()
    const late = () => controller.abort(new WebhookFailure('context deadline exceeded'))
    const stopWaiting = clock.after(timeoutSeconds * 1000, late)
    const gone = () => controller.abort(new WebhookFailure('context canceled'))
    if (signal?.aborted) gone()
    else signal?.addEventListener('abort', gone, { once: true })
    try {
      return await boundedPost({
        options: this.#options(config, asked),
        agent: this.#agent,
        body: Buffer.from(JSON.stringify(body)),
        signal: controller.signal,
        maximumBytes,
      })
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error
      const to = JSON.stringify(`https://${asked.authority}${asked.path}`)
      throw new WebhookFailure(`Post ${to}: ${error.message}`)
    } finally {
      stopWaiting()
      signal?.removeEventListener('abort', gone)
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #options({ service, caBundle }: WebhookClientConfig, asked: Address): RequestOptions {
    const { authority, path, host, port } = asked
    const common = {
      path,
      minVersion: 'TLSv1.2',
      headers: { Host: authority },
      ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
    } as const
    if (!service) return { ...common, host, port, ...(!isIP(host) && { servername: host }) }
    const { namespace, name } = service
    const { lister, random } = this.#ports
    const place = servicePlace(lister, { namespace, name, port }, random)
    return { ...common, host: place.host, port: place.port, servername: place.serverName }
  }
}

/** What is asked, which for a service is not where the connection leads. */
interface Address {
  authority: string
  host: string
  port: number
  /** With the query. */
  path: string
}

/** @throws WebhookFailure */
function addressOf({ url, service }: WebhookClientConfig, timeoutSeconds: number): Address {
  const port = service?.port ?? 443
  const text = service ? `https://${service.name}.${service.namespace}.svc:${port}` : url
  if (!text || !URL.canParse(text)) throw new WebhookFailure('the URL of the webhook is not valid')
  const parsed = new URL(text)
  if (parsed.protocol !== 'https:') throw new WebhookFailure('webhook URLs must begin with https')
  if (service) parsed.pathname = service.path ?? ''
  parsed.searchParams.set('timeout', `${timeoutSeconds}s`)
  const { hostname, pathname, search } = parsed
  return {
    authority: service ? `${hostname}:${port}` : parsed.host,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 443),
    path: `${pathname}${search}`,
  }
}
