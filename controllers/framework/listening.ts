/** A server of this process that listens. What it answers is decided elsewhere. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that listens. */
export interface Listening {
  /** The one that was found, where 0 was asked for. */
  readonly port: number
  /** Ends every connection. */
  close(): Promise<void>
}

/**
 * Rejects when the address cannot be had.
 * @param host all addresses of this machine without it
 */
export async function listening(
  server: Pick<Server, 'once' | 'listen' | 'address' | 'close' | 'closeAllConnections'>,
  port: number,
  host?: string,
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
