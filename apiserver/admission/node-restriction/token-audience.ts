/**
 * For whom an agent may have tokens of its pods: for whom the pods themselves, or the drivers of their volumes, ask for
 * one. A node that somebody has taken over is not to speak for its pods to anybody else.
 */

import type { Pod } from '../../../api/types.ts'
import type { Authorizer } from '../../auth/authorization.ts'
import type { Lister } from '../../registry/lister.ts'
import type { AdmissionRequest } from '../admission.ts'

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

interface Claim {
  spec?: { volumeName?: string }
}

interface PersistentVolume {
  spec?: { csi?: { driver?: string } }
}

interface Driver {
  spec?: { tokenRequests?: readonly { audience?: string }[] }
}

/** Why not; `undefined`: it may. */
export async function audienceProblem(
  { object, user, namespace, name }: AdmissionRequest,
  pod: Pod,
  { lister, authorize }: { lister: Lister; authorize: Authorizer },
): Promise<string | undefined> {
  const { audiences = [] } = (object?.spec ?? {}) as { audiences?: readonly string[] }
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences'
  const [audience = ''] = audiences
  if (pod.spec?.volumes?.some((volume) => asksFor(volume, audience, pod, lister))) return undefined
  const verb = 'request-serviceaccounts-token-audience'
  const decision = await authorize({ user, verb, group: '', resource: audience, namespace, name })
  return decision.allowed
    ? undefined
    : `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`
}

function asksFor(volume: Volume, audience: string, pod: Pod, lister: Lister): boolean {
  const own = volume.projected?.sources?.some(
    ({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience,
  )
  if (own) return true
  const driver = volume.csi?.driver ?? driverOf(claimOf(volume, pod), pod, lister)
  const { spec } =
    (driver && lister.get<Driver>('csidrivers.storage.k8s.io', '', driver)) || ({} as Driver)
  return spec?.tokenRequests?.some((request) => (request.audience ?? '') === audience) === true
}

const claimOf = ({ name, persistentVolumeClaim, ephemeral }: Volume, { metadata }: Pod) =>
  persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`)

function driverOf(claim: string | undefined, { metadata }: Pod, lister: Lister) {
  if (claim === undefined) return undefined
  const { namespace = '' } = metadata
  const volume = lister.get<Claim>('persistentvolumeclaims', namespace, claim)?.spec?.volumeName
  if (!volume) return undefined
  return lister.get<PersistentVolume>('persistentvolumes', '', volume)?.spec?.csi?.driver
}
