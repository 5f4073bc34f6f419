/** An init container is at work: the others wait for it. */

import { span } from '../span.ts'
import type { Place, Told, Trouble } from './trouble.ts'

export function initializing(place: Place, { now }: Told): Trouble | undefined {
  const { status, init, spec, label, field } = place
  if (!init || status.state?.terminated?.exitCode === 0) return undefined
  if (spec?.restartPolicy === 'Always' && status.started === true) return undefined
  if (!status.state?.running) return undefined
  const { startedAt } = status.state.running
  const detail =
    now === undefined || !startedAt ? '' : `runs since ${span(now - Date.parse(startedAt))}`
  return {
    code: 'init',
    sentence: `${label} has not finished`,
    field: `${field}.running`,
    detail,
    hopeless: false,
  }
}
