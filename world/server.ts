/**
 * A fresh API server in this process for one World: the real one, over a store in memory that is gone when it is
 * closed. It opens no socket and starts no thread; time and randomness come from whoever starts it. All begin as the
 * same records, which one server has made before: what differs between two Worlds is only what is done in them.
 */

import { freshSigningKey, type SigningKey } from '../api/token-keys.ts'
import { type ApiServer, createApiServer } from '../apiserver/server.ts'
import { MemoryStorage, type Snapshot } from '../apiserver/storage/memory.ts'
import type { Clock } from '../ports/clock.ts'
import { type Random, seededRandom } from '../ports/random.ts'
import { drain, VirtualClock } from '../ports/virtual-clock.ts'

export interface WorldServerOptions {
  clock: Clock
  random: Random
  /** Hears of errors that nobody can be told of. */
  report(error: unknown): void
  /** What is there at the beginning: a `snapshot()` of another one's store. The server's own objects unless told. */
  from?: Snapshot
}

export interface WorldServer {
  readonly server: ApiServer
  /** What the server keeps its objects in. */
  readonly storage: MemoryStorage
  /** Ends all watches, timers and the store. */
  close(): Promise<void>
}

/** Resolves when the server can be asked. */
export async function startWorldServer(options: WorldServerOptions): Promise<WorldServer> {
  const { from = await ownObjects(), ...ports } = options
  return start(ports, new MemoryStorage(from), true)
}

async function start(
  ports: Omit<WorldServerOptions, 'from'>,
  storage: MemoryStorage,
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

/** All servers of this process sign with it: making one takes longer than the rest of a start. */
let tokenKey: SigningKey | undefined

let made: Promise<Snapshot> | undefined

/** What a server makes for itself on an empty store; made once, of one time and one seed. */
function ownObjects(): Promise<Snapshot> {
  made ??= makeOwnObjects()
  return made
}

async function makeOwnObjects(): Promise<Snapshot> {
  const clock = new VirtualClock()
  const report = (error: unknown) => {
    throw error
  }
  const ports = { clock, random: seededRandom(0), report }
  const { storage, close } = await start(ports, new MemoryStorage(), false)
  // Some of them are made in the background.
  await drain()
  const snapshot = storage.snapshot()
  await close()
  return snapshot
}
