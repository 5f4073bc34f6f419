/**
 * The CNI configuration that the container runtime reads: the bridge and host-local plugins, nothing else. Address
 * translation and host ports are the service proxy's, so no plugin touches a firewall.
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface CniOptions {
  /** Where the runtime looks for it. */
  directory: string
  /** Names the network; its leases lie in `/var/lib/cni/networks/<name>` unless `dataDirectory` is set. */
  name: string
  bridge: string
  podCidr: string
  /** Where address leases are kept. */
  dataDirectory?: string
}

export function cniConfiguration(options: CniOptions): object {
  return {
    cniVersion: '0.4.0',
    name: options.name,
    plugins: [
      {
        type: 'bridge',
        bridge: options.bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ...(options.dataDirectory && { dataDir: options.dataDirectory }),
          ranges: [[{ subnet: options.podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  }
}

/** Writes the file if it differs; the runtime notices by itself. */
export async function writeCniConfiguration(options: CniOptions): Promise<void> {
  const file = join(options.directory, `10-${options.name}.conflist`)
  const text = `${JSON.stringify(cniConfiguration(options), null, 2)}\n`
  await mkdir(options.directory, { recursive: true })
  const present = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (present === text) return
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}
