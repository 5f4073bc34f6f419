/** The supervisor's socket: reads a request, lets the keeper act, writes its status back. */

import { createServer, type Server, type Socket } from 'node:net'
import type { Keeper } from './keeper.ts'
import { maxLine, type SupervisorReply, type SupervisorRequest } from './protocol.ts'

export interface ServerOptions {
  keeper: Keeper
  /** After the reply to `shutdown` has been sent. */
  onShutdown(): void
}

export function supervisorServer(options: ServerOptions): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    let text = ''
    let answered = false
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > maxLine) return socket.destroy()
      if (answered || !text.includes('\n')) return
      answered = true
      void answer(options, text, socket)
    })
  })
}

async function answer(options: ServerOptions, line: string, socket: Socket): Promise<void> {
  const reply = await replyTo(options, line)
  socket.end(`${JSON.stringify(reply.body)}\n`, () => {
    if (reply.shutdown) options.onShutdown()
  })
}

async function replyTo(
  { keeper }: ServerOptions,
  line: string,
): Promise<{ body: SupervisorReply; shutdown: boolean }> {
  try {
    const request = JSON.parse(line) as SupervisorRequest
    await obey(keeper, request)
    return {
      body: { ok: true, pid: process.pid, components: keeper.status() },
      shutdown: request.command === 'shutdown',
    }
  } catch (error) {
    return { body: { ok: false, error: (error as Error).message }, shutdown: false }
  }
}

async function obey(keeper: Keeper, request: SupervisorRequest): Promise<void> {
  switch (request.command) {
    case 'status':
      return
    case 'start':
      return keeper.start(request.spec)
    case 'stop':
      return keeper.stop(request.name)
    case 'shutdown':
      return keeper.stopAll()
    default:
      throw new Error(`unknown request ${JSON.stringify(request satisfies never)}`)
  }
}
