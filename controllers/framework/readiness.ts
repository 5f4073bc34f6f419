/** Whether a manager is ready, from what it says of itself. How that is told is decided elsewhere. */

import type { InformerMeasures, ManagerState } from './manager.ts'

/** The answer of `/readyz`: a line for the manager and one for each cache, good `+`, being filled `~` or bad `-`. */
export interface Readiness {
  ready: boolean
  text: string
}

/**
 * Ready is who leads or stands by, which takes caches that are filled, as long as these still hear of changes. A kind
 * that the server does not serve yet keeps nobody from being ready, nor does a cache that was asked for later.
 *
 *     readinessOf('leading', manager.measure().informers)
 *     // { ready: true, text: '[+] leading\n[+] deployments.apps: live, 3 objects, heard of 2 s ago\n' }
 */
export function readinessOf(
  state: ManagerState,
  informers: readonly InformerMeasures[],
  staleAfter = 300_000,
): Readiness {
  const runs = state === 'leading' || state === 'standby'
  const followed = informers.filter((informer) => informer.state !== 'stopped')
  const lines = followed.map((informer) => {
    const mark = isStale(informer, staleAfter) ? '-' : informer.synced ? '+' : '~'
    return `[${mark}] ${textOf(informer, staleAfter)}\n`
  })
  return {
    ready: runs && !followed.some((informer) => isStale(informer, staleAfter)),
    text: `[${runs ? '+' : '-'}] ${state}\n${lines.join('')}`,
  }
}

const isStale = (
  { synced, state, lastEventAge = 0 }: InformerMeasures,
  staleAfter: number,
): boolean => synced && state !== 'absent' && lastEventAge > staleAfter

function textOf(informer: InformerMeasures, staleAfter: number): string {
  const { resource, namespace, state, objects, lastEventAge, error } = informer
  const where = namespace === undefined ? '' : ` in ${namespace}`
  const heard =
    lastEventAge === undefined ? '' : `, heard of ${Math.round(lastEventAge / 1_000)} s ago`
  const stale = isStale(informer, staleAfter) ? ', stale' : ''
  const why = error === undefined ? '' : `: ${error instanceof Error ? error.message : error}`
  return `${resource}${where}: ${state}, ${objects} objects${heard}${stale}${why}`
}
