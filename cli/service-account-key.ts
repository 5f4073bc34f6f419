/** The key that service account tokens are signed with: made once, kept beside the certificates. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from './files.ts'

/** Makes `sa.key` (0600) and `sa.pub` where they are missing. A key that is there stays: tokens are signed with it. */
export function ensureServiceAccountKey(directory: string): void {
  const path = join(directory, 'sa.key')
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileAtomically(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  }
  const shared = join(directory, 'sa.pub')
  if (existsSync(shared)) return
  const key = createPublicKey(readFileSync(path, 'utf8'))
  writeFileAtomically(shared, key.export({ type: 'spki', format: 'pem' }).toString(), 0o644)
}
