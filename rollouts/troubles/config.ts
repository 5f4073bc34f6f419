/** A container refers to a Secret, a ConfigMap or a key that is not there. */

import { type Place, type Trouble, waiting } from './trouble.ts'

export function badConfig(place: Place): Trouble | undefined {
  const { reason, message } = waiting(place) ?? {}
  if (reason !== 'CreateContainerConfigError') return undefined
  const missing = missingIn(message ?? '', place.pod.metadata.namespace ?? 'default')
  return {
    code: 'config',
    sentence: `${place.label} cannot be configured: ${message ?? 'no reason given'} (CreateContainerConfigError)`,
    field: `${place.field}.waiting.message`,
    detail: message ?? '',
    hopeless: true,
    ...(missing ? { next: `Create ${missing}; it is tried again.` } : {}),
  }
}

/** The kubelet's words: `secret "s" not found`, `couldn't find key k in ConfigMap ns/name`. */
function missingIn(message: string, namespace: string): string | undefined {
  const object = /\b(secret|configmap) "([^"]+)" not found/.exec(message)
  if (object) {
    const kind = object[1] === 'secret' ? 'Secret' : 'ConfigMap'
    return `the ${kind} "${object[2]}" in namespace "${namespace}"`
  }
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) (\S+)/.exec(message)
  return key ? `the key "${key[1]}" in the ${key[2]} ${key[3]}` : undefined
}
