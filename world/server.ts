/**
 * A fresh API server in this process for one World: the real one, over a store in memory that is gone when it is
 * closed. It opens no socket and starts no thread; time and randomness come from whoever starts it.
 */

import { freshSigningKey, type SigningKey } from '../api/token-keys.ts'
import { type ApiServer, createApiServer } from '../apiserver/server.ts'
import { MemoryStorage } from '../apiserver/storage/memory.ts'
import type { LocalWebhooks } from '../apiserver/webhooks/webhook-client.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { type Definition, recordsWith } from './first-records.ts'

export interface WorldServerOptions {
  clock: Clock
  random: Random
  /** Hears of errors that nobody can be told of. */
  report(error: unknown): void
  /** CustomResourceDefinitions that are there and served from the beginning. */
  definitions?: readonly Definition[]
  /** Webhooks that are answered in this process, by URL. */
  webhooks?: LocalWebhooks
}

export interface WorldServer {
  readonly server: ApiServer
  /** What the server keeps its objects in. */
  readonly storage: MemoryStorage
  /** Ends all watches, timers and the store. */
  close(): Promise<void>
}

/** Resolves when the server can be asked. All that begin with the same definitions begin as the same records. */
export async function startWorldServer(options: WorldServerOptions): Promise<WorldServer> {
  const { definitions = [], ...ports } = options
  const records = await recordsWith(definitions, startOn)
  return startOn(new MemoryStorage(records), ports, true)
}

/** @param bootstrapped what a server makes for itself is in the store */
async function startOn(
  storage: MemoryStorage,
  ports: Omit<WorldServerOptions, 'definitions'>,
  bootstrapped: boolean,
): Promise<WorldServer> {
  tokenKey ??= freshSigningKey()
  const access = { signingKey: tokenKey }
  const server = await createApiServer({ ...ports, storage, access, bootstrapped })
  return {
    server,
    storage,
    async close() {
      await server.close(0)
      await storage.close()
    },
  }
}

/** All servers of this process sign with it: making one takes as long as the rest of a start. */
let tokenKey: SigningKey | undefined
