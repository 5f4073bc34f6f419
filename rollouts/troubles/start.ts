/** The runtime cannot make or start the container: a command that is not there, a mount, a right that is lacking. */

import { detailOf, endOf, type Place, type Trouble, waiting } from './trouble.ts'

const startErrors = new Set(['StartError', 'ContainerCannotRun'])

export function cannotStart(place: Place): Trouble | undefined {
  const reason = waiting(place)?.reason
  const field = `${place.field}.waiting.reason`
  if (reason === 'CreateContainerError')
    return {
      code: 'start',
      sentence: `${place.label} cannot be created (CreateContainerError)`,
      field,
      detail: detailOf(place),
      hopeless: false,
    }
  const ended = endOf(place)
  const neverRan = startErrors.has(ended?.reason ?? '') && !place.status.ready
  if (reason !== 'RunContainerError' && !neverRan) return undefined
  return {
    code: 'start',
    sentence: `${place.label} cannot be started (RunContainerError/StartError)`,
    field,
    detail: ended?.message ?? detailOf(place),
    hopeless: true,
  }
}
