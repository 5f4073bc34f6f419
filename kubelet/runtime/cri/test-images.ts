/**
 * Two images made from the machine's static busybox, for tests of a real containerd: a pause image and a shell. Built by
 * hand as an OCI archive, because nothing may be pulled and no builder need be installed.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export const pauseImage = 'localhost/tiphys-test/pause:1'
export const busyboxImage = 'localhost/tiphys-test/busybox:1'

const busybox = '/usr/bin/busybox'
const applets = [
  'sh',
  'sleep',
  'cat',
  'echo',
  'env',
  'id',
  'ls',
  'wget',
  'httpd',
  'ip',
  'nc',
  'true',
]

function layer(directory: string): string {
  const root = join(directory, 'rootfs')
  mkdirSync(join(root, 'bin'), { recursive: true })
  for (const name of ['tmp', 'etc', 'dev', 'proc', 'sys', 'www']) mkdirSync(join(root, name))
  copyFileSync(busybox, join(root, 'bin/busybox'))
  for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet))
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n',
  )
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nuser:x:1000:\n')
  const file = join(directory, 'layer.tar')
  execFileSync('tar', ['--numeric-owner', '--owner=0', '--group=0', '-cf', file, '-C', root, '.'])
  return file
}

/** Writes an archive with both images, which share their one layer. */
function archive(directory: string): string {
  const layout = join(directory, 'layout')
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  const blob = (content: Buffer | string, mediaType: string) => {
    const digest = createHash('sha256').update(content).digest('hex')
    const path = join(layout, 'blobs/sha256', digest)
    writeFileSync(path, content)
    return { mediaType, digest: `sha256:${digest}`, size: statSync(path).size }
  }
  const layerBlob = blob(readFileSync(layer(directory)), 'application/vnd.oci.image.layer.v1.tar')
  const image = (name: string, command: string[]) => {
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/bin'], Cmd: command },
      rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
    }
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: blob(JSON.stringify(config), 'application/vnd.oci.image.config.v1+json'),
      layers: [layerBlob],
    }
    return {
      ...blob(JSON.stringify(manifest), manifest.mediaType),
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': '1' },
    }
  }
  const manifests = [
    image(pauseImage, ['/bin/sleep', '2147483647']),
    image(busyboxImage, ['/bin/sh']),
  ]
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  const file = join(directory, 'images.tar')
  execFileSync('tar', ['-cf', file, '-C', layout, '.'])
  return file
}

/** Imports both into containerd's namespace `k8s.io`. */
export function importTestImages(containerd: {
  address: string
  config: { snapshotter: string }
}): void {
  const directory = mkdtempSync('/tmp/tiphys-images-')
  try {
    const snapshotter = ['--snapshotter', containerd.config.snapshotter]
    const args = ['-a', containerd.address, '-n', 'k8s.io', 'image', 'import', ...snapshotter]
    execFileSync('ctr', [...args, archive(directory)], { stdio: 'pipe' })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
