/**
 * A fresh API server in this process for one World: the real one, over a store of its own that is gone when it is
 * closed. It opens no socket and starts no thread; time and randomness come from whoever starts it.
 */

import { type ApiServer, createApiServer } from '../apiserver/server.ts'
import { openSqlite } from '../apiserver/storage/sqlite.ts'
import type { Storage } from '../apiserver/storage/storage.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

export interface WorldServerOptions {
  clock: Clock
  random: Random
  /** Hears of errors that nobody can be told of. */
  report(error: unknown): void
}

export interface WorldServer {
  readonly server: ApiServer
  /** What the server keeps its objects in. */
  readonly storage: Storage
  /** Ends all watches, timers and the store. */
  close(): Promise<void>
}

/** Resolves when the server's own objects are in place. */
export async function startWorldServer(options: WorldServerOptions): Promise<WorldServer> {
  const storage = await openSqlite({ file: ':memory:' })
  const server = await createApiServer({ ...options, storage })
  return {
    server,
    storage,
    async close() {
      await server.close(0)
      await storage.close()
    },
  }
}
