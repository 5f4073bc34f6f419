/** Which options of writes go together, with the texts of the Kubernetes API where they do not. */

import { invalid, type StatusError } from '../http/status.ts'
import {
  forbidden,
  invalid as invalidField,
  notSupported,
  required,
} from '../resources/field-errors.ts'
import type { FieldError } from '../resources/resource.ts'
import type { DeleteOptions, PatchType, WriteOptions } from './registry.ts'

const refusal = (kind: string, errors: FieldError[]): StatusError =>
  invalid({ group: 'meta.k8s.io', kind }, '', errors)

/** Only `All` may be run dry. @param kind of the options, for messages. @throws StatusError 422 */
export function isDryRun(values: readonly string[], kind: string): boolean {
  const wanted = values.filter((value) => value !== '')
  const wrong = wanted.find((value) => value !== 'All')
  if (wrong !== undefined) throw refusal(kind, [notSupported('dryRun', wrong, ['All'])])
  return wanted.length > 0
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

/** Printable ASCII, as nearly all of them are. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

function writeErrors({ fieldManager = '', fieldValidation }: WriteOptions): FieldError[] {
  const errors: FieldError[] = []
  if (Buffer.byteLength(fieldManager) > longestManager)
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      message: `Too long: may not be more than ${longestManager} bytes`,
    })
  if (!isPlain(fieldManager))
    for (const { 0: char, index } of fieldManager.matchAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu)) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
      const at = Buffer.byteLength(fieldManager.slice(0, index))
      errors.push(
        invalidField(
          'fieldManager',
          fieldManager,
          `invalid character U+${code} (at position ${at})`,
        ),
      )
    }
  if (fieldValidation !== undefined && !['Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    errors.push(notSupported('fieldValidation', fieldValidation, ['Ignore', 'Warn', 'Strict', '']))
  return errors
}
