/** The core as the chain of HTTP handlers takes it. */

import type { Authorizer } from '../auth/authorization.ts'
import { Discovery } from '../http/discovery.ts'
import { Flusher } from '../http/flusher.ts'
import type { HandlerPorts } from '../http/handler.ts'
import type { HealthCheck } from '../http/health.ts'
import { Metrics } from '../http/metrics.ts'
import { Edge } from '../past/edge.ts'
import { Past } from '../past/past.ts'
import { objectProxies } from '../proxy/object-proxies.ts'
import { OpenApi } from '../schema/openapi.ts'
import type { Core } from './core.ts'
import { loadOf } from './load.ts'
import { version } from './version.ts'

/** @param stopping aborts when no new work is to be begun */
export function handlerPorts(core: Core, stopping: AbortSignal): HandlerPorts {
  const { options, registry, resources, lister, access, flowControl, aggregation, report } = core
  const { clock, random, handlers = new Map(), proxy } = options
  const authorize = options.authorizer ?? access.authorize
  const flusher = new Flusher(clock)
  return {
    clock,
    random,
    registry,
    flowControl,
    load: loadOf(core),
    aggregation,
    stopping,
    version,
    handlers: new Map([...objectProxies({ lister, random, ...proxy }), ...handlers]),
    flusher,
    unexpected: report,
    observe: options.observe,
    authenticate: options.authenticator ?? access.authenticate,
    authorize,
    discovery: new Discovery(resources, aggregation),
    openApi: new OpenApi(resources, { remotes: aggregation }),
    openId: access.openId,
    metrics: new Metrics({ ...options.audit?.counters, ...flowControl.counters.metrics }),
    audit: options.audit,
    checks: checks(core, stopping),
    past: pastOf(core, authorize, flusher, stopping),
  }
}

function pastOf(
  { options: { storage, clock, random, askNode }, resources, hub, report }: Core,
  authorize: Authorizer,
  flusher: Flusher,
  stopping: AbortSignal,
): Past {
  return new Past({
    storage,
    clock,
    random,
    resources,
    hub,
    askNode,
    authorize,
    flusher,
    stopping,
    edge: new Edge(storage, clock),
    version: version.gitVersion,
    unexpected: report,
  })
}

function checks({ options: { storage }, hub }: Core, stopping: AbortSignal): HealthCheck[] {
  return [
    { name: 'ping', check: () => true },
    {
      name: 'storage',
      on: ['healthz', 'readyz'],
      check: async () => (await storage.revision()) >= 0,
    },
    { name: 'watch-cache', on: ['readyz'], check: () => hub.state.state === 'following' },
    { name: 'shutdown', on: ['readyz'], check: () => !stopping.aborted },
  ]
}
