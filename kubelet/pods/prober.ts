/** One probe of one container, now: run a command, ask over HTTP, TCP or gRPC. Knows nothing of thresholds or time. */

import https from 'node:https'
import net from 'node:net'
import { join } from 'node:path'
import type { Container, Pod, Probe } from '../../api/types.ts'
import type { Clock } from '../../ports/clock.ts'
import * as http from '../../ports/node-http.ts'
import { type Runtime, RuntimeError } from '../runtime/runtime.ts'

export type ProbeOutcome =
  | { result: 'success' }
  | { result: 'failure'; message: string }
  /** The probe itself went wrong: says nothing about the container. */
  | { result: 'unknown'; message: string }

export interface ProbeTarget {
  kind: 'startup' | 'readiness' | 'liveness'
  probe: Probe
  pod: Pod
  container: Container
  /** The runtime's id. */
  id: string
  /** Where network probes go unless they name a host. */
  ip: string
  /** When the container started, in milliseconds since the epoch. */
  startedAt: number
}

export interface Prober {
  probe(target: ProbeTarget): Promise<ProbeOutcome>
}

const success: ProbeOutcome = { result: 'success' }
const failure = (message: string): ProbeOutcome => ({ result: 'failure', message })
const largestBody = 10 * 1024
const mostRedirects = 10

/** A port by number or by its name in the container. */
export function portOf(port: number | string | object, container: Container): number {
  const text = String(port)
  if (/^\d+$/.test(text)) return Number(text)
  const named = container.ports?.find(({ name }) => name === text)
  if (!named) throw new Error(`couldn't find port: ${text}`)
  return named.containerPort
}

export type HttpGet = NonNullable<Probe['httpGet']>

function headersOf(get: HttpGet): Record<string, string> {
  const headers: Record<string, string> = { 'User-Agent': 'kube-probe/1.36', Accept: '*/*' }
  for (const { name, value } of get.httpHeaders ?? []) headers[name] = value
  return headers
}

interface HttpAnswer {
  status: number
  location: string | undefined
}

function request(
  url: URL,
  headers: Record<string, string>,
  timeoutMilliseconds: number,
  clock: Clock,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const module = url.protocol === 'https:' ? https : http
    const tooLate = new AbortController()
    const cancel = clock.after(timeoutMilliseconds, () => tooLate.abort())
    const signal = tooLate.signal
    const options = { headers, agent: false, signal, rejectUnauthorized: false } as const
    const outgoing = module.get(url, options, (response) => {
      let size = 0
      const finish = () => {
        cancel()
        resolve({ status: response.statusCode ?? 0, location: response.headers.location })
      }
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size < largestBody) return
        finish()
        response.destroy()
      })
      response.on('end', finish)
      response.on('error', reject)
    })
    outgoing.on('error', (error) => {
      cancel()
      reject(signal.aborted ? new Error('context deadline exceeded') : error)
    })
  })
}

const problems: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'read: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
}

/** In the words that people search for. */
function networkProblem(error: NodeJS.ErrnoException & { address?: string; port?: number }) {
  const { code = '', address, port, message } = error
  if (!Object.hasOwn(problems, code)) return message
  return address === undefined
    ? `${problems[code]}`
    : `dial tcp ${address}:${port}: ${problems[code]}`
}

/** 200 to 399 is well; redirects to the same host are followed, others are taken as well. */
export async function httpGet(
  get: HttpGet,
  container: Container,
  ip: string,
  timeoutMilliseconds: number,
  clock: Clock,
): Promise<ProbeOutcome> {
  const host = get.host || ip
  const scheme = (get.scheme ?? 'HTTP').toLowerCase()
  const authority = `${host.includes(':') ? `[${host}]` : host}:${portOf(get.port, container)}`
  let url = new URL(get.path || '/', `${scheme}://${authority}`)
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    let answer: HttpAnswer
    try {
      answer = await request(url, headersOf(get), timeoutMilliseconds, clock)
    } catch (error) {
      return failure(`Get "${url}": ${networkProblem(error as Error)}`)
    }
    const { status, location } = answer
    if (status >= 300 && status < 400 && location) {
      const next = new URL(location, url)
      if (next.hostname !== url.hostname) return success
      url = next
      continue
    }
    if (status >= 200 && status < 400) return success
    return failure(`HTTP probe failed with statuscode: ${status}`)
  }
  return failure(`stopped after ${mostRedirects} redirects`)
}

function tcpConnect(
  host: string,
  port: number,
  timeoutMilliseconds: number,
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: timeoutMilliseconds })
    const end = (outcome: ProbeOutcome) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => end(success))
    socket.once('timeout', () => end(failure(`dial tcp ${host}:${port}: i/o timeout`)))
    socket.once('error', (error) => end(failure(networkProblem(error))))
  })
}

async function grpcCheck(
  target: ProbeTarget,
  clock: Clock,
  timeout: number,
): Promise<ProbeOutcome> {
  // Where no pod asks for it, and no container runtime is spoken to, gRPC is not loaded.
  const { grpcService } = await import('../runtime/cri/grpc-client.ts')
  const { port, service = '' } = target.probe.grpc ?? { port: 0 }
  const client = grpcService({
    endpoint: `${target.ip.includes(':') ? `[${target.ip}]` : target.ip}:${port}`,
    proto: join(import.meta.dirname, 'health.proto'),
    service: 'grpc.health.v1.Health',
    clock,
  })
  try {
    const { status } = await client.call<{ status: string }>('Check', { service }, timeout)
    return status === 'SERVING'
      ? success
      : failure(`service unhealthy (responded with "${status}")`)
  } catch (error) {
    return failure((error as Error).message)
  } finally {
    client.close()
  }
}

async function execute(
  runtime: Runtime,
  target: ProbeTarget,
  timeout: number,
): Promise<ProbeOutcome> {
  try {
    const command = target.probe.exec?.command ?? []
    const { exitCode, stdout, stderr } = await runtime.exec(target.id, command, timeout / 1000)
    if (exitCode === 0) return success
    return failure(Buffer.concat([stdout, stderr]).subarray(0, largestBody).toString('utf8'))
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    if (error.code === 'deadlineExceeded')
      return failure(`command timed out after ${timeout / 1000}s`)
    return { result: 'unknown', message: error.message }
  }
}

export function nodeProber(runtime: Runtime, clock: Clock): Prober {
  return {
    async probe(target) {
      const { probe, container, ip } = target
      const timeout = (probe.timeoutSeconds ?? 1) * 1000
      if (probe.exec) return execute(runtime, target, timeout)
      try {
        if (probe.httpGet) return await httpGet(probe.httpGet, container, ip, timeout, clock)
        if (probe.tcpSocket) {
          const { host, port } = probe.tcpSocket
          return await tcpConnect(host || ip, portOf(port, container), timeout)
        }
        if (probe.grpc) return await grpcCheck(target, clock, timeout)
      } catch (error) {
        return { result: 'unknown', message: (error as Error).message }
      }
      return { result: 'unknown', message: 'missing probe handler' }
    },
  }
}
