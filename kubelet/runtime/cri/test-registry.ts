/** A registry on loopback that holds one empty image and gives it only to whoever knows the password. For tests. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RegistryCredentials } from '../runtime.ts'

const layerType = 'application/vnd.oci.image.layer.v1.tar'
const configType = 'application/vnd.oci.image.config.v1+json'
const manifestType = 'application/vnd.oci.image.manifest.v1+json'

export interface TestRegistry {
  /** `127.0.0.1:PORT/private/app:1` */
  image: string
  close(): void
}

function blobs(): { manifest: Buffer; byDigest: Map<string, Buffer> } {
  const byDigest = new Map<string, Buffer>()
  const blob = (content: Buffer, mediaType: string) => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    byDigest.set(digest, content)
    return { mediaType, digest, size: content.length }
  }
  // The end of a tar archive and nothing before it.
  const layer = blob(Buffer.alloc(1024), layerType)
  const rootfs = { type: 'layers', diff_ids: [layer.digest] }
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const config = blob(
    Buffer.from(JSON.stringify({ architecture, os: 'linux', rootfs })),
    configType,
  )
  const fields = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }
  const manifest = Buffer.from(JSON.stringify(fields))
  blob(manifest, manifestType)
  return { manifest, byDigest }
}

export async function testRegistry({
  username,
  password,
}: RegistryCredentials): Promise<TestRegistry> {
  const { manifest, byDigest } = blobs()
  const pass = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const server = createServer(({ url = '', headers }, response) => {
    if (headers.authorization !== pass) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="private"' }).end()
      return
    }
    const name = url.split('?')[0]?.split('/').at(-1) ?? ''
    const isManifest = url.includes('/manifests/')
    const content = isManifest && name === '1' ? manifest : byDigest.get(name)
    const type = isManifest ? manifestType : 'application/octet-stream'
    if (!content) response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'Content-Type': type, 'Content-Length': content.length })
        .end(content)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    image: `127.0.0.1:${(server.address() as AddressInfo).port}/private/app:1`,
    close: () => server.close(),
  }
}
