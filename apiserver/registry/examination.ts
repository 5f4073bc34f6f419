/** Drives what takes long to find out, so that no other request waits for all of it. */

import { setImmediate } from 'node:timers/promises'
import type { Examination, FieldError } from '../resources/resource.ts'

/** What is found, with a turn for others wherever it can be had. */
export async function examined(examination: Examination | undefined): Promise<FieldError[]> {
  const errors: FieldError[] = []
  for (const found of examination ?? [])
    if (found) errors.push(found)
    else await setImmediate()
  return errors
}
