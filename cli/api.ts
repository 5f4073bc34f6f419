/** Asks an instance's API server the few questions that commands have, as its administrator. */

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { pathsOf, type Settings } from './settings.ts'

export interface ApiReply {
  status: number
  body: string
}

export interface ApiClient {
  /** Rejects when there is no answer within two seconds. */
  get(path: string): Promise<ApiReply>
  /** As `get`, parsed; `undefined` unless the answer is 200. */
  getJson<T>(path: string): Promise<T | undefined>
  close(): void
}

const timeoutMs = 2000

export function adminClient(settings: Settings): ApiClient {
  const file = (name: string) => readFileSync(join(pathsOf(settings).pki, name))
  const agent = new Agent({
    keepAlive: true,
    ca: file('ca.crt'),
    cert: file('admin.crt'),
    key: file('admin.key'),
  })
  const get = (path: string) =>
    new Promise<ApiReply>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: settings.apiPort, path, agent, timeout: timeoutMs }
      const outgoing = request(options, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)))
      outgoing.on('error', reject)
      outgoing.end()
    })
  return {
    get,
    async getJson(path) {
      const { status, body } = await get(path)
      return status === 200 ? JSON.parse(body) : undefined
    },
    close: () => agent.destroy(),
  }
}
