/** Events: told where the object is, and in the newer form by whom, with what result. */

import type { Event } from '../../../api/types.ts'
import { type FieldErrors, invalid, invalidFor, required } from '../field-errors.ts'
import { byteLength, qualifiedNameProblems } from '../name-validation.ts'

const longestName = 128
const longestMessage = 1024
/** Where events about objects without a namespace stand. */
const clusterEvents = ['', 'default', 'kube-system']

export function* validateEvent(event: Event): FieldErrors {
  const namespace = event.metadata.namespace ?? ''
  const involved = event.involvedObject?.namespace ?? ''
  const elsewhere = invalid('involvedObject.namespace', involved, 'does not match event.namespace')
  if (!event.eventTime) {
    const fits =
      involved === '' ? namespace === '' || namespace === 'default' : involved === namespace
    if (!fits) yield elsewhere
    return
  }
  if (involved === '' && !clusterEvents.includes(namespace)) yield elsewhere
  yield* validateReport(event)
}

/** What the form with `eventTime` requires. */
function* validateReport(event: Event): FieldErrors {
  const { reportingComponent, reportingInstance, action, reason, message } = event
  if (!reportingComponent) yield required('reportingComponent')
  yield* invalidFor(
    'reportingComponent',
    reportingComponent ?? '',
    qualifiedNameProblems(reportingComponent ?? ''),
  )
  for (const [field, text] of Object.entries({ reportingInstance, action, reason })) {
    if (!text) yield required(field)
    else yield* validateLength(text, longestName, field)
  }
  yield* validateLength(message ?? '', longestMessage, 'message')
}

function* validateLength(text: string, most: number, field: string): FieldErrors {
  if (byteLength(text) > most) yield invalid(field, '', `can have at most ${most} characters`)
}
