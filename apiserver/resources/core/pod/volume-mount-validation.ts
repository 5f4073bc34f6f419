/** Where a container puts its volumes: each volume is there, each place is taken once, no path leads out of it. */

import type { Container, Volume } from '../../../../api/types.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  notFound,
  notSupported,
  oneOf,
  required,
} from '../../field-errors.ts'
import { validateDescendingPath } from './path-validation.ts'

type Mount = NonNullable<Container['volumeMounts']>[number]
type Volumes = ReadonlyMap<string, Volume>

export function* validateVolumeMounts(
  container: Container,
  volumes: Volumes,
  field: string,
): FieldErrors {
  const devices = container.volumeDevices ?? []
  const deviceNames = new Set(devices.map(({ name }) => name))
  const devicePaths = new Set(devices.map(({ devicePath }) => devicePath))
  const taken = new Set<string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${field}.volumeMounts[${index}]`
    const { name, mountPath } = mount
    if (!name) yield required(`${at}.name`)
    const volume = volumes.get(name)
    if (!volume) yield notFound(`${at}.name`, name)
    if (!mountPath) yield required(`${at}.mountPath`)
    if (taken.has(mountPath)) yield invalid(`${at}.mountPath`, mountPath, 'must be unique')
    taken.add(mountPath)
    if (deviceNames.has(name))
      yield invalid(`${at}.name`, name, 'must not already exist in volumeDevices')
    if (devicePaths.has(mountPath))
      yield invalid(
        `${at}.mountPath`,
        mountPath,
        'must not already exist as a path in volumeDevices',
      )
    yield* validateSubPath(mount, volume, at)
    yield* validatePropagation(mount, container, at)
  }
  yield* validateVolumeDevices(container, volumes, field)
}

function* validateSubPath(mount: Mount, volume: Volume | undefined, field: string): FieldErrors {
  const { subPath, subPathExpr } = mount
  if (subPath) yield* validateDescendingPath(subPath, `${field}.subPath`)
  if (!subPathExpr) return
  if (subPath)
    yield invalid(
      `${field}.subPathExpr`,
      subPathExpr,
      'subPathExpr and subPath are mutually exclusive',
    )
  if (volume?.image)
    yield invalid(`${field}.subPathExpr`, subPathExpr, 'not allowed in image volume sources')
  yield* validateDescendingPath(subPathExpr, `${field}.subPathExpr`)
}

const propagations = ['Bidirectional', 'HostToContainer', 'None']
const recursions = ['Disabled', 'Enabled', 'IfPossible']

function* validatePropagation(mount: Mount, container: Container, field: string): FieldErrors {
  const { mountPropagation, recursiveReadOnly } = mount
  yield* oneOf(`${field}.mountPropagation`, mountPropagation, propagations)
  if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged)
    yield forbidden(
      `${field}.mountPropagation`,
      'Bidirectional mount propagation is available only to privileged containers',
    )
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return
  const at = `${field}.recursiveReadOnly`
  if (!recursions.includes(recursiveReadOnly))
    return yield notSupported(at, recursiveReadOnly, recursions)
  if (!mount.readOnly) yield forbidden(at, 'may only be specified when readOnly is true')
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    yield forbidden(at, 'may only be specified when mountPropagation is None or not specified')
}

function* validateVolumeDevices(
  container: Container,
  volumes: Volumes,
  field: string,
): FieldErrors {
  const names = new Set<string>()
  const paths = new Set<string>()
  for (const [index, { name, devicePath }] of (container.volumeDevices ?? []).entries()) {
    const at = `${field}.volumeDevices[${index}]`
    const volume = volumes.get(name)
    if (!name) yield required(`${at}.name`)
    if (names.has(name)) yield invalid(`${at}.name`, name, 'must be unique')
    names.add(name)
    if (!volume) yield notFound(`${at}.name`, name)
    else if (!volume.persistentVolumeClaim && !volume.ephemeral)
      yield invalid(
        `${at}.name`,
        name,
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      )
    if (!devicePath) yield required(`${at}.devicePath`)
    else if (devicePath.split('/').includes('..'))
      yield invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')")
    if (paths.has(devicePath)) yield invalid(`${at}.devicePath`, devicePath, 'must be unique')
    paths.add(devicePath)
  }
}
