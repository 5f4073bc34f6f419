/**
 * Tells of requests that nobody else tells of: a server that does not answer, lists and watches that it refuses, a lease
 * that cannot be taken. Each trouble is told once, until it is over. What runs ask for is told with the run.
 */

import type { Observable } from 'rxjs'
import { ConnectionError } from './cluster.ts'
import type { RunLog } from './log-runs.ts'
import type { RequestMeasure } from './observed-cluster.ts'

/** Troubles that are remembered. */
const remembered = 1_000

/**
 *     logRequests(manager.requests$, pino({ name: 'site' }))
 *
 * @returns what ends it
 */
export function logRequests(
  requests$: Observable<RequestMeasure>,
  log: Pick<RunLog, 'warn' | 'info'>,
): () => void {
  const told = new Set<string>()
  let unreachable = false
  const subscription = requests$.subscribe(({ verb, resource, code, error }) => {
    const lost = error instanceof ConnectionError
    if (lost && !unreachable)
      log.warn(
        { err: error },
        `the API server cannot be reached, and is asked again: ${error.message}`,
      )
    if (!lost && unreachable && code > 0) log.info({}, 'the API server can be reached again')
    if (lost || code > 0) unreachable = lost
    const request = `${verb} ${resource}`
    if (code > 0 && code < 400) told.delete(request)
    if (!(error instanceof Error) || lost || !isOurs(verb, resource, code) || told.has(request))
      return
    if (told.size >= remembered) told.clear()
    told.add(request)
    const hint = verb === 'list' && code === 404 ? `. ${absent(resource)}` : ''
    log.warn({ err: error }, `cannot ${request}, and goes on trying: ${error.message}${hint}`)
  })
  return () => subscription.unsubscribe()
}

const absent = (resource: string): string =>
  `The server has no ${resource} in this version: --install-kinds brings those of this program, and so does ` +
  'applying what `manifests` prints'

/** Conflicts and leases that are not there yet are how leaders are found; watches that are too old begin anew. */
const isOurs = (verb: string, resource: string, code: number): boolean =>
  resource === 'leases.coordination.k8s.io'
    ? code !== 409 && !(verb === 'get' && code === 404)
    : (verb === 'list' || verb === 'watch') && code !== 410 && code !== 429
