/**
 * A pod runs as a service account, its namespace's `default` unless it names another, and gets what that brings: the
 * account's pull secrets, and a token with what it takes to use it. Without the account there is no pod.
 */

import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../api/types.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import { nameSuffix, type Random } from '../../ports/random.ts'
import type { Lister } from '../registry/lister.ts'
import { type AdmissionPlugin, type AdmissionRequest, concerns } from './admission.ts'
import { keepsToItsSecrets, unlistedSecret } from './mountable-secrets.ts'
import { kindReferredBy, projectsTokens } from './pod-references.ts'
import { refusal } from './refusal.ts'

export interface ServiceAccountPorts {
  lister: Lister
  clock: Clock
  random: Random
  /** Somebody makes the accounts: pods without are refused, and those with one get its token. Else only names are set. */
  kept: boolean
}

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
/** The node asks for a new one at four fifths of this; clients that never read it again are given a year. */
const tokenSeconds = 3607
const mirror = 'kubernetes.io/config.mirror'

export function serviceAccount(ports: ServiceAccountPorts): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async mutate(request) {
      if (request.operation !== 'CREATE' || !concerns(request, 'pods')) return
      const { spec, metadata } = request.object as unknown as Pod
      if (!spec || Object.hasOwn(metadata.annotations ?? {}, mirror)) return
      spec.serviceAccountName ||= 'default'
      spec.serviceAccount = spec.serviceAccountName
      if (!ports.kept) return
      const account = await find(ports, request, spec.serviceAccountName)
      if (!account)
        throw refusal(
          request,
          `error looking up service account ${request.namespace}/${spec.serviceAccountName}: serviceaccount ${JSON.stringify(spec.serviceAccountName)} not found`,
        )
      const mounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken
      if (mounts !== false) mountToken(spec, ports.random)
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        spec.imagePullSecrets = structuredClone(account.imagePullSecrets)
    },
    validate(request) {
      if (!bringsSecrets(request)) return
      const { spec, metadata } = request.object as unknown as Pod
      if (!spec) return
      if (Object.hasOwn(metadata.annotations ?? {}, mirror)) refuseSecretsOfMirror(request, spec)
      else if (ports.kept) return keepToListedSecrets(ports.lister, request, spec)
    },
  }
}

/** The default account is made a moment after its namespace: that is worth waiting for. */
async function find(
  { lister, clock, random }: ServiceAccountPorts,
  { namespace, signal }: AdmissionRequest,
  name: string,
): Promise<ServiceAccount | undefined> {
  const known = lister.get<ServiceAccount>('serviceaccounts', namespace, name)
  if (known) return known
  const tries = name === 'default' ? 10 : 1
  const pause = 100 + Math.floor(random.next() * 100)
  for (let at = 0; at < tries; at++) {
    if (at > 0) await sleep(clock, pause, signal)
    const found = await lister.live<ServiceAccount>('serviceaccounts', namespace, name)
    if (found) return found
  }
  return undefined
}

/** Into every container that has nothing of its own in that place. */
function mountToken(spec: PodSpec, random: Random): void {
  const isBare = ({ volumeMounts = [] }: Container) =>
    !volumeMounts.some((mount) => mount.mountPath === mountPath)
  const bare = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(isBare)
  if (bare.length === 0) return
  const existing = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix))
  const name = existing?.name ?? volumePrefix + nameSuffix(random)
  for (const container of bare)
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath },
    ]
  if (!existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: tokenSeconds } },
      {
        configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
      },
      {
        downwardAPI: {
          items: [
            {
              path: 'namespace',
              fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
            },
          ],
        },
      },
    ],
  },
})

/** A new pod, or a container that is added later. */
function bringsSecrets(request: AdmissionRequest): boolean {
  if (request.operation === 'CREATE') return concerns(request, 'pods')
  const { operation, resource, subresource } = request
  const isPod = resource.group === '' && resource.plural === 'pods'
  return operation === 'UPDATE' && isPod && subresource === 'ephemeralcontainers'
}

/** @throws StatusError 403 */
function keepToListedSecrets(
  lister: Lister,
  request: AdmissionRequest,
  spec: PodSpec,
): void | Promise<void> {
  const { namespace, operation } = request
  const { serviceAccountName: name = 'default', ephemeralContainers } = spec
  // Of a pod that is there already, only what is added counts.
  const brought = operation === 'CREATE' ? spec : { containers: [], ephemeralContainers }
  const check = (account: ServiceAccount | undefined) => {
    const problem = account && keepsToItsSecrets(account) && unlistedSecret(account, brought)
    if (problem) throw refusal(request, problem)
  }
  const known = lister.get<ServiceAccount>('serviceaccounts', namespace, name)
  return known
    ? check(known)
    : lister.live<ServiceAccount>('serviceaccounts', namespace, name).then(check)
}

/** A mirror only shows what a node runs by itself: it can have nothing from the API. */
function refuseSecretsOfMirror(request: AdmissionRequest, spec: PodSpec): void {
  if (spec.serviceAccountName)
    throw refusal(request, 'a mirror pod may not reference service accounts')
  if (kindReferredBy(spec) === 'secrets')
    throw refusal(request, 'a mirror pod may not reference secrets')
  if (projectsTokens(spec))
    throw refusal(request, 'a mirror pod may not use ServiceAccountToken volume projections')
}
