/** DELETE of all that a selection matches: one by one, a few at a time, each as if it had been asked for alone. */

import { StatusError } from '../http/status.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import { remove } from './delete.ts'
import { list } from './list.ts'
import type { RegistryPorts } from './ports.ts'
import type { DeleteOptions, ListOptions, ListResult, RequestContext, Target } from './registry.ts'

const atOnce = 16

/** Answers what was selected. */
export async function deleteCollection(
  ports: RegistryPorts,
  target: Target,
  selection: ListOptions,
  options: DeleteOptions,
  context: RequestContext,
): Promise<ListResult> {
  const result = await list(ports, target, selection)
  const waiting = result.items.values()
  const worker = async () => {
    for (const object of waiting) await removeOne(ports, target, object, options, context)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return result
}

/** What is gone already is as good as deleted. */
async function removeOne(
  ports: RegistryPorts,
  target: Target,
  { namespace, name }: CachedObject,
  options: DeleteOptions,
  context: RequestContext,
): Promise<void> {
  try {
    await remove(ports, { ...target, namespace, name }, options, context)
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error
  }
}
