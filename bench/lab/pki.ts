/** Certificates for one run: a server's, which every server of the run shows, and an administrator's. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority } from '../../apiserver/auth/certificates.ts'
import type { Address } from './connection.ts'
import type { Lab } from './lab.ts'

export interface Pki {
  /** Holds `ca.crt`, `server.crt`, `server.key`. */
  directory: string
  /** What a client shows, and whom it trusts. */
  client: Omit<Address, 'port'>
}

const made = new WeakMap<Lab, Promise<Pki>>()

/** The same for all servers of a lab. */
export function pkiOf(lab: Lab): Promise<Pki> {
  let pki = made.get(lab)
  if (!pki) {
    pki = makePki(lab)
    made.set(lab, pki)
  }
  return pki
}

async function makePki(lab: Lab): Promise<Pki> {
  const directory = lab.path('pki')
  await mkdir(directory, { mode: 0o700 })
  const { clock } = lab
  const authority = await createAuthority({ clock })
  const server = await authority.issue({
    commonName: 'server',
    ipAddresses: ['127.0.0.1'],
    dnsNames: ['localhost'],
    server: true,
  })
  const admin = await authority.issue({
    commonName: 'bench',
    organizations: ['system:masters'],
    client: true,
  })
  const write = (name: string, text: string) =>
    writeFile(join(directory, name), text, { mode: 0o600 })
  await write('ca.crt', authority.certificate)
  await write('server.crt', server.certificate)
  await write('server.key', server.key)
  const { certificate, key } = admin
  return { directory, client: { ca: authority.certificate, certificate, key } }
}
