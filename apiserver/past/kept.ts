/** Reads of what may be kept no longer. */

import { CompactedError } from '../storage/storage.ts'
import { BeyondEdge } from './write.ts'

/** The other where history does not go back as far. */
export async function ifKept<T, const U>(read: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await read
  } catch (error) {
    if (error instanceof CompactedError || error instanceof BeyondEdge) return otherwise
    throw error
  }
}
