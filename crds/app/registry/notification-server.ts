/** Listens for registries' notifications, only while this process is the one that acts on them. */

import { once } from 'node:events'
import type { Runnable } from '../../../controllers/framework/index.ts'
import { type NotificationOptions, notificationListener } from './notifications.ts'

// Importing it as a module would load all of fetch.
const { createServer } = process.getBuiltinModule('node:http')

export interface NotificationServerOptions extends NotificationOptions {
  /** `127.0.0.1:5001`, `[::1]:5001` */
  listen: string
}

/** More than a registry opens. */
const mostConnections = 64
/** Milliseconds for a whole request. */
const patience = 10_000

export function notificationServer({ listen, ...options }: NotificationServerOptions): Runnable {
  const { hostname, port } = URL.parse(`http://${listen}`) ?? {}
  if (!hostname || !port) throw new Error(`${JSON.stringify(listen)} is no ADDRESS:PORT`)
  const listener = notificationListener(options)
  return {
    name: 'notifications',
    async run({ signal }) {
      const timeouts = { requestTimeout: patience, headersTimeout: patience }
      const server = createServer(timeouts, listener)
      server.maxConnections = mostConnections
      server.listen(Number(port), hostname.replace(/^\[|\]$/g, ''))
      await once(server, 'listening')
      if (!signal.aborted) await once(signal, 'abort')
      server.close()
      server.closeAllConnections()
    },
  }
}
