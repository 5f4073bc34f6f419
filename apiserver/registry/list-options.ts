/**
 * Which options of lists and watches go together, and what they then mean, with the texts of the Kubernetes API where
 * they do not. A watch from no version in particular is one that begins with all there is.
 */

import { badRequest, invalid, type StatusError } from '../http/status.ts'
import { forbidden, invalid as invalidField, notSupported } from '../resources/field-errors.ts'
import type { FieldError } from '../resources/resource.ts'
import type { Revision } from '../storage/storage.ts'
import type { ListOptions, Target, WatchOptions } from './registry.ts'

const matchField = 'resourceVersionMatch'
const largest = 2n ** 64n - 1n

/** A number, or what is wrong with it. `undefined` when the client named none. */
function readVersion(text: string | undefined): Revision | undefined | FieldError {
  if (text === undefined || text === '') return undefined
  const wrong = (why: string) =>
    invalidField(
      'resourceVersion',
      text,
      `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    )
  if (!/^\d+$/.test(text)) return wrong('invalid syntax')
  if (text.length > 20 || BigInt(text) > largest) return wrong('value out of range')
  return Number(text)
}

/** Of a list or a single object. @throws StatusError 400 */
export function parseResourceVersion(text: string | undefined): Revision | undefined {
  const version = readVersion(text)
  if (typeof version !== 'object') return version
  throw badRequest(`invalid resource version: ${version.field}: ${version.message}`)
}

/** Of a watch. @throws StatusError 422, which names the resource */
export function parseWatchVersion(
  { resource: { group, plural } }: Pick<Target, 'resource'>,
  text: string | undefined,
): Revision | undefined {
  const version = readVersion(text)
  if (typeof version !== 'object') return version
  throw invalid({ group, kind: plural }, '', [version])
}

const refusal = (errors: FieldError[]): StatusError =>
  invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)

const whenContinued = 'resourceVersionMatch is forbidden when continue is provided'

/** @throws StatusError 400, 422 */
export function checkListOptions(options: ListOptions): void {
  const { resourceVersion = '', resourceVersionMatch: match = '', sendInitialEvents } = options
  const resuming = options.continue !== undefined && options.continue !== ''
  const errors: FieldError[] = []
  if (match !== '') {
    if (resourceVersion === '')
      errors.push(
        forbidden(
          matchField,
          'resourceVersionMatch is forbidden unless resourceVersion is provided',
        ),
      )
    if (resuming) errors.push(forbidden(matchField, whenContinued))
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(
        forbidden(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      )
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  if (errors.length > 0) throw refusal(errors)
}

/** What a token for the next page excludes. @throws StatusError 400 */
export function checkNoVersion({ resourceVersion = '' }: ListOptions): void {
  if (resourceVersion !== '' && resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue')
}

/** @throws StatusError 422 */
export function checkWatchOptions(given: WatchOptions): void {
  const { sendInitialEvents, resourceVersionMatch: match = '' } = withInitialEvents(given)
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(
      forbidden(
        matchField,
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    )
  if (match !== '') {
    if (sendInitialEvents === undefined)
      errors.push(
        forbidden(
          matchField,
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ),
      )
    if (match !== 'NotOlderThan') errors.push(notSupported(matchField, match, ['NotOlderThan']))
    if (given.continue) errors.push(forbidden(matchField, whenContinued))
  }
  if (errors.length > 0) throw refusal(errors)
}

/** Watches begin with what there is also where they name no version, or any. */
export function withInitialEvents(options: WatchOptions): WatchOptions {
  const { sendInitialEvents, resourceVersionMatch = '', resourceVersion = '' } = options
  if (sendInitialEvents !== undefined || resourceVersionMatch !== '') return options
  if (resourceVersion !== '' && resourceVersion !== '0') return options
  return { ...options, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
}
