/** What sources of storage mean when they do not say, in a pod's volume and in a volume of the cluster alike. */

import type { Volume } from '../../../api/types.ts'

type Sources = {
  [Kind in 'hostPath' | 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO']?: Partial<
    NonNullable<Volume[Kind]>
  >
}

/** Changes the sources; idempotent. */
export function defaultVolumeSource({ hostPath, iscsi, rbd, azureDisk, scaleIO }: Sources): void {
  if (hostPath) hostPath.type ??= ''
  if (iscsi) iscsi.iscsiInterface ||= 'default'
  if (rbd) {
    rbd.pool ||= 'rbd'
    rbd.user ||= 'admin'
    rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite'
    azureDisk.kind ??= 'Shared'
    azureDisk.fsType ??= 'ext4'
    azureDisk.readOnly ??= false
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned'
    scaleIO.fsType ||= 'xfs'
  }
}
