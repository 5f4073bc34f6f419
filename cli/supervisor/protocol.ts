/**
 * How commands talk to the supervisor: one JSON line there, one back, over a socket only its owner may open.
 */

import { createConnection } from 'node:net'
import type { ComponentSpec, ComponentStatus } from './keeper.ts'

export type SupervisorRequest =
  | { command: 'status' }
  | { command: 'start'; spec: ComponentSpec }
  | { command: 'stop'; name: string }
  /** Ends everything and then itself. */
  | { command: 'shutdown' }

export type SupervisorReply =
  | { ok: true; pid: number; components: ComponentStatus[] }
  | { ok: false; error: string }

/** Longest line either side accepts. */
export const maxLine = 1024 * 1024

/** Rejects when there is no supervisor (`ECONNREFUSED`, `ENOENT`) or it refused. */
export function askSupervisor(
  socket: string,
  request: SupervisorRequest,
): Promise<SupervisorReply & { ok: true }> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket)
    let text = ''
    connection.setEncoding('utf8')
    connection.on('connect', () => connection.write(`${JSON.stringify(request)}\n`))
    connection.on('data', (chunk: string) => {
      text += chunk
      if (text.length > maxLine) connection.destroy(new Error('the supervisor sent too much'))
    })
    connection.on('error', reject)
    connection.on('close', () => {
      if (!text.endsWith('\n')) return reject(new Error('the supervisor hung up'))
      const reply = JSON.parse(text) as SupervisorReply
      if (reply.ok) resolve(reply)
      else reject(new Error(`supervisor: ${reply.error}`))
    })
  })
}

/** Its reply, or `undefined` when none is running. */
export async function supervisorStatus(socket: string) {
  try {
    return await askSupervisor(socket, { command: 'status' })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw error
  }
}
