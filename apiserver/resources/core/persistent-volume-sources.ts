/** Where the storage of a volume is: one source each, with what the source needs. */

import type { PersistentVolume } from '../../../api/types.ts'
import { validateDriverName } from '../domain-name-validation.ts'
import { type FieldErrors, forbidden, invalid, required } from '../field-errors.ts'
import { validateNoBacksteps } from './pod/path-validation.ts'
import { validateHostPath } from './pod/volume-validation.ts'

type Spec = NonNullable<PersistentVolume['spec']>

/** Every source that there is, and which of its fields must say something. */
const needs = {
  hostPath: [],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  glusterfs: ['endpoints', 'path'],
  flocker: [],
  nfs: ['server', 'path'],
  rbd: ['monitors', 'image'],
  quobyte: ['registry', 'volume'],
  cephfs: ['monitors'],
  iscsi: ['targetPortal', 'iqn'],
  cinder: ['volumeID'],
  fc: [],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  local: ['path'],
  storageos: [],
  csi: ['volumeHandle'],
} as const satisfies Partial<Record<keyof Spec, readonly string[]>>

type Kind = keyof typeof needs
const kinds = Object.keys(needs) as Kind[]

/** The source alone, for what must not change once it is there. */
export const sourceOf = (spec: Spec): Partial<Spec> =>
  Object.fromEntries(kinds.filter((kind) => spec[kind]).map((kind) => [kind, spec[kind]]))

export function* validateVolumeSource(spec: Spec, field: string): FieldErrors {
  const [first, ...others] = kinds.filter((kind) => spec[kind])
  if (!first) return yield required(field, 'must specify a volume type')
  for (const other of others)
    yield forbidden(`${field}.${other}`, 'may not specify more than 1 volume type')
  const source = spec[first] as unknown as Record<string, unknown>
  for (const name of needs[first])
    if (isEmpty(source[name])) yield required(`${field}.${first}.${name}`)
  yield* validateKind(spec, first, `${field}.${first}`)
}

const isEmpty = (value: unknown) => !value || (Array.isArray(value) && value.length === 0)

function* validateKind(spec: Spec, kind: Kind, field: string): FieldErrors {
  const { hostPath, nfs, local, csi, fc, iscsi } = spec
  if (kind === 'hostPath' && hostPath) yield* validateHostPath(hostPath, field)
  else if (kind === 'nfs' && nfs?.path && !nfs.path.startsWith('/'))
    yield invalid(`${field}.path`, nfs.path, 'must be an absolute path')
  else if (kind === 'local' && local?.path) yield* validateNoBacksteps(local.path, `${field}.path`)
  else if (kind === 'csi' && csi) yield* validateCsi(csi, field)
  else if (kind === 'fc' && fc) yield* validateFibreChannel(fc, field)
  else if (kind === 'iscsi' && iscsi?.iqn && !/^(iqn|eui|naa)\./.test(iscsi.iqn))
    yield invalid(`${field}.iqn`, iscsi.iqn, 'must be valid format')
}

function* validateCsi(csi: NonNullable<Spec['csi']>, field: string): FieldErrors {
  yield* validateDriverName(csi.driver, `${field}.driver`)
  for (const name of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const) {
    const reference = csi[name]
    if (!reference) continue
    if (!reference.name) yield required(`${field}.${name}.name`)
    if (!reference.namespace) yield required(`${field}.${name}.namespace`)
  }
}

function* validateFibreChannel(
  { targetWWNs = [], wwids = [], lun }: NonNullable<Spec['fc']>,
  field: string,
): FieldErrors {
  if (targetWWNs.length === 0 && wwids.length === 0)
    yield required(`${field}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both')
  else if (targetWWNs.length > 0 && wwids.length > 0)
    yield invalid(
      `${field}.targetWWNs`,
      targetWWNs,
      'targetWWNs and wwids can not be specified simultaneously',
    )
  if (targetWWNs.length > 0 && lun === undefined)
    yield required(`${field}.lun`, 'lun is required if targetWWNs is specified')
  else if (lun !== undefined && (lun < 0 || lun > 255))
    yield invalid(`${field}.lun`, lun, 'must be between 0 and 255, inclusive')
}
