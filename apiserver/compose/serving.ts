/**
 * The core behind sockets: the listener, the chain of HTTP handlers, and what is said of where they are. It is loaded
 * when a server listens, so that one that is only used in its own process does without all that HTTP needs.
 */

import type { Cancel } from '../../ports/clock.ts'
import { publishAuthentication, requestHeaders } from '../bootstrap/authentication.ts'
import { keepReachable } from '../bootstrap/kubernetes-service.ts'
import { handle, handleUpgrade } from '../http/handler.ts'
import { createListener, type Listener, type Patience, type TlsOptions } from '../http/listener.ts'
import { isUpgradable } from '../http/upgradable.ts'
import type { Core } from './core.ts'
import { handlerPorts } from './handler-ports.ts'

export interface ListenOptions {
  tls: TlsOptions
  /** `127.0.0.1` unless told. */
  addresses?: readonly string[]
  /** 0, unless told: any. All addresses share it. */
  port?: number
  /** How long clients may take to send a request. */
  patience?: Partial<Patience>
}

/** Not listening yet. @param stopping aborts when no new work is to be begun */
export function listenerOf(
  core: Core,
  { tls, patience }: ListenOptions,
  stopping: AbortSignal,
): Listener {
  const ports = handlerPorts(core, stopping)
  return createListener({
    clock: core.options.clock,
    tls,
    patience,
    handle: (exchange) => void handle(ports, exchange).catch(core.report),
    upgrade: (exchange, connection) =>
      void handleUpgrade(ports, exchange, connection).catch(core.report),
    upgrades: (request) => isUpgradable(ports, request),
  })
}

/** Says to pods and to extension servers where this server is, and whom it trusts. @returns ends it */
export async function announce(
  core: Core,
  { clientAuthority }: TlsOptions,
  port: number,
): Promise<Cancel> {
  const { report, options } = core
  const { clock, advertiseAddress: address, frontProxy } = options
  const cluster = core.cluster()
  await publishAuthentication(cluster, {
    'client-ca-file': clientAuthority,
    ...requestHeaders(frontProxy),
  })
  if (address === undefined) return () => {}
  return keepReachable({ cluster, clock, report }, { address, port })
}
