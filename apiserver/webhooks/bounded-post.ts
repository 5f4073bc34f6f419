/**
 * One POST over TLS to somebody who is not trusted: the answer has a size and a time, redirects are answers like
 * any other, and what goes wrong is told in words.
 */

import type { IncomingMessage } from 'node:http'
import { type Agent, type RequestOptions, request } from 'node:https'
import { WebhookFailure } from './webhook-failure.ts'

export interface Post {
  options: RequestOptions
  agent: Agent
  body: Buffer
  /** Aborts with the reason that is told. */
  signal: AbortSignal
  /** Bytes that the answer may have. */
  maximumBytes: number
}

/** The body of an answer that says 200. @throws WebhookFailure */
export async function boundedPost(post: Post): Promise<Buffer> {
  const response = await answerTo(post, true)
  const body = await read(response, post)
  const { statusCode = 0 } = response
  if (statusCode < 200 || statusCode > 206) throw new WebhookFailure(refusal(statusCode, body))
  return body
}

/** @param again once more on a new connection, where the server had closed a kept one that we wrote to */
function answerTo(post: Post, again: boolean): Promise<IncomingMessage> {
  const { options, agent, body, signal } = post
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(failureOf(signal.reason))
    const headers = {
      ...options.headers,
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      Accept: 'application/json, */*',
      'User-Agent': 'kube-apiserver-admission',
    }
    const outgoing = request({ ...options, agent, method: 'POST', headers })
    const abort = () => outgoing.destroy(failureOf(signal.reason))
    signal.addEventListener('abort', abort, { once: true })
    outgoing.once('close', () => signal.removeEventListener('abort', abort))
    outgoing.once('response', resolve)
    // Nobody asked for another protocol: there will be no answer in this one.
    outgoing.once('upgrade', ({ statusCode = 101 }, socket) => {
      socket.destroy()
      reject(new WebhookFailure(refusal(statusCode, Buffer.alloc(0))))
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (again && outgoing.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted)
        answerTo(post, false).then(resolve, reject)
      else reject(failureOf(error))
    })
    outgoing.end(body)
  })
}

async function read(response: IncomingMessage, { maximumBytes, signal }: Post): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maximumBytes)
        throw new WebhookFailure(`the response is larger than ${maximumBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw failureOf(signal.aborted ? signal.reason : error)
  } finally {
    if (!response.complete) response.destroy()
  }
  return Buffer.concat(chunks)
}

/** What an answer that is none says, as clients of the API word it. */
function refusal(code: number, body: Buffer): string {
  if (code >= 500) {
    const text = body.toString('utf8', 0, 256).trim() || 'unknown'
    return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`
  }
  switch (code) {
    case 400:
      return 'the server rejected our request for an unknown reason'
    case 401:
      return 'the server has asked for the client to provide credentials'
    case 403:
      return 'the server does not allow access to the requested resource'
    case 404:
      return 'the server could not find the requested resource'
    case 405:
      return 'the server does not allow this method on the requested resource'
    case 429:
      return 'the server has received too many requests and has asked us to try again later'
    default:
      return `the server responded with the status code ${code} but did not return more information`
  }
}

function failureOf(error: unknown): WebhookFailure {
  if (error instanceof WebhookFailure) return error
  const { code, message, address, port, syscall, hostname } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  if (syscall === 'connect') {
    const why = code === 'ECONNREFUSED' ? 'connection refused' : (code ?? message)
    return new WebhookFailure(`dial tcp ${address}:${port}: connect: ${why}`)
  }
  if (code === 'ENOTFOUND') return new WebhookFailure(`dial tcp: lookup ${hostname}: no such host`)
  if (code === 'ECONNRESET') return new WebhookFailure('EOF')
  if (/CERT|SIGNATURE|ALTNAME/.test(code ?? ''))
    return new WebhookFailure(`tls: failed to verify certificate: x509: ${message}`)
  return new WebhookFailure(message)
}
