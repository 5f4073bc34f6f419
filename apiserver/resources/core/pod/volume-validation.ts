/**
 * Volumes: one source each, with what the source needs. Names of ConfigMaps, Secrets and claims are names in the
 * pod's own namespace and nothing else: anything with a `/` is refused.
 */

import { parseQuantity } from '../../../../api/quantity.ts'
import type { Volume } from '../../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  oneOf,
  required,
} from '../../field-errors.ts'
import { labelProblems, subdomainProblems } from '../../name-validation.ts'
import { validateTokenLifetime } from '../../token-lifetime-validation.ts'
import { validateClaimSpec } from '../persistent-volume-claim-rules.ts'
import { validateFieldRef, validateResourceRef, volumeFields } from './downward-validation.ts'
import { validateDescendingPath, validateFilePath, validateNoBacksteps } from './path-validation.ts'
import {
  certificatePaths,
  validatePodCertificate,
  validateTrustBundle,
} from './projected-sources-validation.ts'

type Source<Kind extends keyof Volume> = NonNullable<Volume[Kind]>
type Projected = Source<'projected'>
type Projection = NonNullable<Projected['sources']>[number]
type KeyToPath = NonNullable<Source<'configMap'>['items']>[number]
type DownwardFile = NonNullable<Source<'downwardAPI'>['items']>[number]

export interface VolumeOptions {
  /** Of the pod, once it has one: claims of ephemeral volumes are named after it. */
  podName?: string
  /** A pod rather than a template of one. */
  isPod: boolean
}

/** Yields what is wrong; returns the good volumes by name, for mounts to refer to. */
export function* validateVolumes(
  volumes: Volume[] | undefined,
  field: string,
  options: VolumeOptions,
): Generator<ReturnType<typeof required>, Map<string, Volume>, undefined> {
  const good = new Map<string, Volume>()
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${field}[${index}]`
    const errors = [...validateSource(volume, at, options)]
    if (!volume.name) errors.push(required(`${at}.name`))
    else errors.push(...invalidFor(`${at}.name`, volume.name, labelProblems(volume.name)))
    if (good.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name))
    if (errors.length === 0) good.set(volume.name, volume)
    yield* errors
  }
  return good
}

function* validateSource(volume: Volume, field: string, options: VolumeOptions): FieldErrors {
  const kinds = (Object.keys(volume) as (keyof Volume)[]).filter(
    (key) => key !== 'name' && volume[key],
  )
  const [first, ...others] = kinds
  if (!first) return yield required(field, 'must specify a volume type')
  yield* validateKind(volume, `${field}.${first}`, options)
  for (const other of others)
    yield forbidden(`${field}.${other}`, 'may not specify more than 1 volume type')
}

function* validateKind(volume: Volume, field: string, options: VolumeOptions): FieldErrors {
  const { emptyDir, hostPath, secret, configMap, downwardAPI, projected } = volume
  if (emptyDir) yield* validateEmptyDir(emptyDir, field)
  else if (hostPath) yield* validateHostPath(hostPath, field)
  else if (secret) yield* validateNamedFiles(secret.secretName, secret, 'secretName', field)
  else if (configMap) yield* validateNamedFiles(configMap.name, configMap, 'name', field)
  else if (downwardAPI) {
    yield* validateMode(downwardAPI.defaultMode, `${field}.defaultMode`)
    for (const item of downwardAPI.items ?? []) yield* validateDownwardFile(item, field)
  } else if (projected) yield* validateProjected(projected, field)
  else yield* validateStorage(volume, field, options)
}

function* validateStorage(volume: Volume, field: string, options: VolumeOptions): FieldErrors {
  const { persistentVolumeClaim, ephemeral, nfs, csi, image, gitRepo, iscsi } = volume
  if (persistentVolumeClaim)
    yield* validateReference(persistentVolumeClaim.claimName, `${field}.claimName`)
  if (ephemeral) yield* validateEphemeral(volume, field, options)
  if (nfs) {
    if (!nfs.server) yield required(`${field}.server`)
    if (!nfs.path) yield required(`${field}.path`)
    else if (!nfs.path.startsWith('/'))
      yield invalid(`${field}.path`, nfs.path, 'must be an absolute path')
  }
  if (csi && !csi.driver) yield required(`${field}.driver`)
  if (image) {
    if (options.isPod && !image.reference) yield required(`${field}.reference`)
    yield* oneOf(`${field}.pullPolicy`, image.pullPolicy, ['Always', 'IfNotPresent', 'Never'])
  }
  if (gitRepo) {
    if (!gitRepo.repository) yield required(`${field}.repository`)
    yield* validateDescendingPath(gitRepo.directory ?? '', `${field}.directory`)
  }
  if (iscsi) {
    if (!iscsi.targetPortal) yield required(`${field}.targetPortal`)
    if (!iscsi.iqn) yield required(`${field}.iqn`)
  }
}

function* validateEmptyDir({ sizeLimit }: Source<'emptyDir'>, field: string): FieldErrors {
  if (sizeLimit !== undefined && (parseQuantity(sizeLimit) ?? -1n) < 0n)
    yield forbidden(`${field}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

export function* validateHostPath({ path, type }: Source<'hostPath'>, field: string): FieldErrors {
  if (!path) return yield required(`${field}.path`)
  yield* validateNoBacksteps(path, `${field}.path`)
  yield* oneOf(`${field}.type`, type, hostPathTypes)
}

function* validateMode(mode: number | undefined, field: string): FieldErrors {
  if (mode !== undefined && (mode < 0 || mode > 0o777))
    yield invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')
}

function* validateReference(name: string | undefined, field: string): FieldErrors {
  if (!name) yield required(field)
  else yield* invalidFor(field, name, subdomainProblems(name))
}

/** A Secret or a ConfigMap as files. */
function* validateNamedFiles(
  name: string | undefined,
  { defaultMode, items }: { defaultMode?: number; items?: KeyToPath[] },
  nameField: string,
  field: string,
): FieldErrors {
  yield* validateReference(name, `${field}.${nameField}`)
  yield* validateMode(defaultMode, `${field}.defaultMode`)
  yield* validateItems(items, field)
}

function* validateItems(items: KeyToPath[] | undefined, field: string): FieldErrors {
  for (const [index, { key, path, mode }] of (items ?? []).entries()) {
    const at = `${field}.items[${index}]`
    if (!key) yield required(`${at}.key`)
    if (!path) yield required(`${at}.path`)
    yield* validateFilePath(path ?? '', `${at}.path`)
    yield* validateMode(mode, `${at}.mode`)
  }
}

function* validateDownwardFile(file: DownwardFile, field: string): FieldErrors {
  const { path, fieldRef, resourceFieldRef, mode } = file
  if (!path) yield required(`${field}.path`)
  yield* validateFilePath(path ?? '', `${field}.path`)
  if (fieldRef) {
    yield* validateFieldRef(fieldRef, volumeFields, `${field}.fieldRef`)
    if (resourceFieldRef)
      yield invalid(
        field,
        'resource',
        'fieldRef and resourceFieldRef can not be specified simultaneously',
      )
  } else if (resourceFieldRef)
    yield* validateResourceRef(resourceFieldRef, `${field}.resourceFieldRef`, true)
  else yield required(field, 'one of fieldRef and resourceFieldRef is required')
  yield* validateMode(mode, `${field}.mode`)
}

function* validateProjected({ defaultMode, sources }: Projected, field: string): FieldErrors {
  yield* validateMode(defaultMode, `${field}.defaultMode`)
  const paths = new Set<string>()
  for (const [index, source] of (sources ?? []).entries()) {
    const at = `${field}.sources[${index}]`
    yield* validateProjection(source, at)
    for (const path of pathsOf(source)) {
      if (paths.has(path)) yield invalid(field, path, 'conflicting duplicate paths')
      paths.add(path)
    }
    if (Object.values(source).filter(Boolean).length > 1)
      yield forbidden(at, 'may not specify more than 1 volume type per source')
  }
}

/** Where a source puts its files, as far as it says so. */
function pathsOf(source: Projection): string[] {
  const { secret, configMap, downwardAPI } = source
  const items = [secret, configMap, downwardAPI].flatMap((files) => files?.items ?? [])
  return [...items.map(({ path }) => path), ...certificatePaths(source)].filter(Boolean)
}

function* validateProjection(source: Projection, field: string): FieldErrors {
  const { secret, configMap, downwardAPI, serviceAccountToken: token } = source
  for (const [kind, files] of [
    ['secret', secret],
    ['configMap', configMap],
  ] as const)
    if (files) {
      yield* validateReference(files.name, `${field}.${kind}.name`)
      yield* validateItems(files.items, `${field}.${kind}`)
    }
  for (const item of downwardAPI?.items ?? [])
    yield* validateDownwardFile(item, `${field}.downwardAPI`)
  if (token) yield* validateToken(token, `${field}.serviceAccountToken`)
  if (source.clusterTrustBundle)
    yield* validateTrustBundle(source.clusterTrustBundle, `${field}.clusterTrustBundle`)
  if (source.podCertificate)
    yield* validatePodCertificate(source.podCertificate, `${field}.podCertificate`)
}

function* validateToken(
  { expirationSeconds = 3600, path }: NonNullable<Projection['serviceAccountToken']>,
  field: string,
): FieldErrors {
  yield* validateTokenLifetime(expirationSeconds, `${field}.expirationSeconds`)
  if (!path) yield required(`${field}.path`)
  else yield* validateFilePath(path, `${field}.path`)
}

function* validateEphemeral(
  { name, ephemeral }: Volume,
  field: string,
  { podName }: VolumeOptions,
): FieldErrors {
  const template = ephemeral?.volumeClaimTemplate
  if (!template) return yield required(`${field}.volumeClaimTemplate`)
  yield* validateClaimSpec(template.spec, `${field}.volumeClaimTemplate.spec`)
  if (podName) yield* invalidFor(`${field}.name`, name, subdomainProblems(`${podName}-${name}`))
}
