/** Objects of lists and watches belong to all who read them, and are frozen. Here it is told to those who change one. */

import { WorldError } from './world-error.ts'

/** How V8 says that something frozen was to be changed. */
const refusal =
  /^Cannot (assign to read only property|add property|delete property|define property|redefine property) /

/** What to tell of an error that comes of changing what was read; `undefined` for all others. */
export function changeOfShared(process: string, error: unknown): WorldError | undefined {
  if (!(error instanceof TypeError) || !refusal.test(error.message)) return undefined
  const text = `the process ${process} changes an object that it has read: ${error.message}`
  return new WorldError(
    `${text}. What is read is shared: copy it first, structuredClone(object), or a list of it with toSorted() and the like`,
    { cause: error },
  )
}
