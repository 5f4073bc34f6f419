/** Which options go together, with the texts of the Kubernetes API where they do not. */

import { badRequest, invalid, type StatusError } from '../http/status.ts'
import {
  forbidden,
  invalid as invalidField,
  notSupported,
  required,
} from '../resources/field-errors.ts'
import type { FieldError } from '../resources/resource.ts'
import type { Revision } from '../storage/storage.ts'
import type {
  DeleteOptions,
  ListOptions,
  PatchType,
  WatchOptions,
  WriteOptions,
} from './registry.ts'

const refusal = (kind: string, errors: FieldError[]): StatusError =>
  invalid({ group: 'meta.k8s.io', kind }, '', errors)

/** A decimal without leading zeros. `undefined` when the client named none. @throws StatusError 400 */
export function parseResourceVersion(text: string | undefined): Revision | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^(0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw badRequest(
      `invalid resource version: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  return Number(text)
}

/** @throws StatusError 400, 422 */
export function checkListOptions(options: ListOptions): void {
  const { resourceVersion = '', resourceVersionMatch: match } = options
  const resuming = options.continue !== undefined && options.continue !== ''
  const errors: FieldError[] = []
  const matchField = 'resourceVersionMatch'
  if (match !== undefined) {
    if (resuming)
      errors.push(
        forbidden(matchField, 'resourceVersionMatch is forbidden when continue is provided'),
      )
    if (resourceVersion === '')
      errors.push(
        forbidden(
          matchField,
          'resourceVersionMatch is forbidden unless resourceVersion is provided',
        ),
      )
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(
        forbidden(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      )
  }
  if (errors.length > 0) throw refusal('ListOptions', errors)
  if (resuming && resourceVersion !== '' && resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue')
}

/** @throws StatusError 422 */
export function checkWatchOptions(options: WatchOptions): void {
  const { resourceVersionMatch: match, sendInitialEvents } = options
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined) {
    if (match === undefined)
      errors.push(
        forbidden(
          'resourceVersionMatch',
          'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        ),
      )
    else if (match !== 'NotOlderThan')
      errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']))
  } else if (match !== undefined)
    errors.push(
      forbidden(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    )
  if (errors.length > 0) throw refusal('ListOptions', errors)
}

const policies = ['Foreground', 'Background', 'Orphan']

/** @throws StatusError 422 */
export function checkDeleteOptions(options: DeleteOptions): void {
  const { propagationPolicy: policy, orphanDependents } = options
  const errors: FieldError[] = []
  if (policy !== undefined && orphanDependents !== undefined)
    errors.push(
      invalidField(
        'propagationPolicy',
        policy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    )
  if (policy !== undefined && !policies.includes(policy))
    errors.push(notSupported('propagationPolicy', policy, [...policies, 'nil']))
  if (errors.length > 0) throw refusal('DeleteOptions', errors)
}

const longestManager = 128

/** @param kind `CreateOptions`, `UpdateOptions`. @throws StatusError 422 */
export function checkWriteOptions(kind: string, options: WriteOptions): void {
  const errors = writeErrors(options)
  if (errors.length > 0) throw refusal(kind, errors)
}

/** @throws StatusError 422 */
export function checkPatchOptions(
  type: PatchType,
  options: WriteOptions & { force?: boolean },
): void {
  const errors: FieldError[] = []
  if (type !== 'apply' && options.force !== undefined)
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  if (type === 'apply' && !options.fieldManager)
    errors.push(required('fieldManager', 'is required for apply patch'))
  errors.push(...writeErrors(options))
  if (errors.length > 0) throw refusal('PatchOptions', errors)
}

function writeErrors({ fieldManager = '', fieldValidation }: WriteOptions): FieldError[] {
  const errors: FieldError[] = []
  if (Buffer.byteLength(fieldManager) > longestManager)
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      message: `Too long: may not be more than ${longestManager} bytes`,
    })
  for (const { 0: char, index } of fieldManager.matchAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu)) {
    const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    const at = Buffer.byteLength(fieldManager.slice(0, index))
    errors.push(
      invalidField('fieldManager', fieldManager, `invalid character U+${code} (at position ${at})`),
    )
  }
  if (fieldValidation !== undefined && !['Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    errors.push(notSupported('fieldValidation', fieldValidation, ['Ignore', 'Warn', 'Strict', '']))
  return errors
}
