/** Notes are told to those watchers that ask for them, and to nobody else. */

import type { StorageEvent } from './storage.ts'

export function withoutNote(event: StorageEvent): StorageEvent {
  if (!event.note) return event
  const { note: _, ...rest } = event
  return rest
}
