/**
 * The cluster's own certificate authority: ECDSA P-256 keys, one root, short chains. It issues what the
 * components show each other and what users put into their kubeconfigs; it keeps nothing on disk.
 */

import 'reflect-metadata/lite'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../../ports/clock.ts'
import { systemClock } from '../../ports/system-clock.ts'

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  certificate: string
  key: string
}

export interface CertificateRequest {
  /** The user's name for clients, the server's name for servers. */
  commonName: string
  /** The user's groups. */
  organizations?: string[]
  dnsNames?: string[]
  ipAddresses?: string[]
  /** May be shown to servers. */
  client?: boolean
  /** May be shown to clients. */
  server?: boolean
  /** Days it is good for; 365 unless told, never longer than its authority. */
  days?: number
}

export interface Authority {
  /** The root, PEM: what everybody trusts. */
  readonly certificate: string
  /** The root's private key, PEM. Keep it at 0600. */
  readonly key: string
  issue(request: CertificateRequest): Promise<KeyPair>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000
/** Certificates begin a little in the past, for clocks that are a little behind. */
const backdate = 60 * 60_000

export interface AuthorityOptions {
  /** The root's own name; `tiphys-ca` unless told. */
  commonName?: string
  /** The machine's own unless told. */
  clock?: Clock
}

/** Makes a new root, good for ten years. */
export async function createAuthority({
  commonName = 'tiphys-ca',
  clock = systemClock,
}: AuthorityOptions = {}): Promise<Authority> {
  const keys = await generateKeys()
  const now = clock.now()
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      notBefore: new Date(now - backdate),
      notAfter: new Date(now + 3650 * day),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature |
            x509.KeyUsageFlags.keyCertSign |
            x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto as Crypto,
  )
  return authority(root, keys.privateKey, await exportKey(keys.privateKey), clock)
}

/** The same from what `createAuthority` returned and somebody kept. */
export async function loadAuthority(
  { certificate, key }: KeyPair,
  { clock = systemClock }: Pick<AuthorityOptions, 'clock'> = {},
): Promise<Authority> {
  const privateKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(key),
    algorithm,
    false,
    ['sign'],
  )
  return authority(new x509.X509Certificate(certificate), privateKey as CryptoKey, key, clock)
}

function authority(
  root: x509.X509Certificate,
  privateKey: CryptoKey,
  key: string,
  clock: Clock,
): Authority {
  return {
    certificate: pem(root),
    key,
    async issue(request) {
      const keys = await generateKeys()
      const now = clock.now()
      const certificate = await x509.X509CertificateGenerator.create(
        {
          serialNumber: serialNumber(),
          subject: subjectOf(request),
          issuer: root.subjectName,
          notBefore: new Date(Math.max(now - backdate, root.notBefore.getTime())),
          notAfter: new Date(Math.min(now + (request.days ?? 365) * day, root.notAfter.getTime())),
          signingAlgorithm: algorithm,
          publicKey: keys.publicKey,
          signingKey: privateKey,
          extensions: await extensionsOf(request, root),
        },
        webcrypto as Crypto,
      )
      return { certificate: pem(certificate), key: await exportKey(keys.privateKey) }
    },
  }
}

function subjectOf({ commonName, organizations = [] }: CertificateRequest): x509.JsonName {
  return [...organizations.map((group) => ({ O: [group] })), { CN: [commonName] }]
}

async function extensionsOf(
  request: CertificateRequest,
  root: x509.X509Certificate,
): Promise<x509.Extension[]> {
  const usages = [
    ...(request.server ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ...(request.client ? [x509.ExtendedKeyUsage.clientAuth] : []),
  ]
  const names: x509.JsonGeneralNames = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ]
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(
      x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
      true,
    ),
    new x509.ExtendedKeyUsageExtension(usages),
    await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ]
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return keys as webcrypto.CryptoKeyPair
}

async function exportKey(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

const pem = (certificate: x509.X509Certificate) => `${certificate.toString('pem')}\n`

/** 127 random bits, positive: what RFC 5280 asks of serial numbers. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
