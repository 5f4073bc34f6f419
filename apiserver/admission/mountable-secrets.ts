/**
 * A service account may keep its pods to the secrets that it lists itself, by an annotation. What pods get by other
 * volumes than those of secrets was never kept so.
 */

import type { Container, PodSpec, ServiceAccount } from '../../api/types.ts'

const annotation = 'kubernetes.io/enforce-mountable-secrets'
const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

export const keepsToItsSecrets = ({ metadata }: ServiceAccount): boolean =>
  truths.has(metadata.annotations?.[annotation] ?? '')

/** The first that is not listed, in words. */
export function unlistedSecret(account: ServiceAccount, spec: PodSpec): string | undefined {
  const { secrets = [], imagePullSecrets: pulled = [], metadata } = account
  const listed = new Set(secrets.map(({ name }) => name))
  const by = `is not allowed because service account ${metadata.name} does not reference that`
  for (const { secret } of spec.volumes ?? [])
    if (secret && !listed.has(secret.secretName))
      return `volume with secret.secretName=${JSON.stringify(secret.secretName ?? '')} ${by} secret`
  for (const { what, name } of referencesOf(spec))
    if (!listed.has(name))
      return `${what} referencing secret.secretName=${JSON.stringify(name)} ${by} secret`
  const pulls = new Set(pulled.map(({ name }) => name))
  for (const [index, { name = '' }] of (spec.imagePullSecrets ?? []).entries())
    if (!pulls.has(name))
      return `imagePullSecrets[${index}].name=${JSON.stringify(name)} ${by} imagePullSecret`
  return undefined
}

/** By variables of containers. */
function* referencesOf(spec: PodSpec): Generator<{ what: string; name: string }> {
  const sorts = [
    ['init container', spec.initContainers ?? []],
    ['container', spec.containers ?? []],
    ['ephemeral container', (spec.ephemeralContainers ?? []) as Container[]],
  ] as const
  for (const [sort, containers] of sorts)
    for (const { name: container, env = [], envFrom = [] } of containers) {
      for (const { name: variable, valueFrom } of env) {
        const name = valueFrom?.secretKeyRef?.name
        if (name !== undefined) yield { what: `${sort} ${container} with envVar ${variable}`, name }
      }
      for (const { secretRef } of envFrom)
        if (secretRef)
          yield { what: `${sort} ${container} with envFrom`, name: secretRef.name ?? '' }
    }
}
