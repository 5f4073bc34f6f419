/**
 * The instance's certificates on disk: issued once, renewed by `up` when they run out or no longer fit the settings.
 * Keys are 0600 in a 0700 directory; the authority's own key never leaves it.
 */

import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateRequest } from '../apiserver/auth/certificates.ts'
import type { Clock } from '../ports/clock.ts'
import { writeFileAtomically } from './files.ts'
import { kubeconfigOf } from './kubeconfig.ts'
import { ensureServiceAccountKey } from './service-account-key.ts'
import { addressesOf, pathsOf, type Settings } from './settings.ts'

/** Renewed when fewer days than this are left. */
const renewDays = 30
const day = 86_400_000

/** Makes what is missing or stale. Says whether it issued anything. */
export async function ensureCertificates(settings: Settings, clock: Clock): Promise<boolean> {
  const directory = pathsOf(settings).pki
  ensureServiceAccountKey(directory)
  const issued = [
    await ensureIssued(directory, 'ca', requestsOf(settings), settings, clock),
    // One of its own: whoever it vouches for may say who a user is.
    await ensureIssued(directory, 'front-proxy-ca', frontProxyRequests, settings, clock),
  ]
  if (!issued.includes(true)) return false
  writeKubeconfigs(settings)
  return true
}

/** What one authority has to issue. @param name of the authority's files */
async function ensureIssued(
  directory: string,
  name: string,
  requests: Record<string, CertificateRequest>,
  settings: Settings,
  clock: Clock,
): Promise<boolean> {
  const ca = readIfThere(join(directory, `${name}.crt`))
  const stale = Object.entries(requests).filter(
    ([file, request]) => !ca || !fits(join(directory, `${file}.crt`), request, ca, clock),
  )
  if (stale.length === 0) return false
  // Loaded only when needed: a warm start issues nothing, and this costs 0.1 s.
  const { createAuthority, loadAuthority } = await import('../apiserver/auth/certificates.ts')
  const authority = ca
    ? await loadAuthority({ certificate: ca, key: read(directory, `${name}.key`) }, { clock })
    : await createAuthority({ commonName: `${settings.name}-${name}`, clock })
  if (!ca) {
    writeFileAtomically(join(directory, `${name}.key`), authority.key)
    writeFileAtomically(join(directory, `${name}.crt`), authority.certificate, 0o644)
  }
  for (const [file, request] of stale) {
    const pair = await authority.issue(request)
    writeFileAtomically(join(directory, `${file}.key`), pair.key)
    writeFileAtomically(join(directory, `${file}.crt`), pair.certificate, 0o644)
  }
  return true
}

/** The administrator's kubeconfig, with everything inside it. */
export const adminKubeconfig = (settings: Settings): string => clientKubeconfig(settings, 'admin')

/** How the API server proves to aggregated ones that it may speak for users. */
const frontProxyRequests: Record<string, CertificateRequest> = {
  'front-proxy-client': { commonName: 'front-proxy-client', client: true },
}

function requestsOf(settings: Settings): Record<string, CertificateRequest> {
  const { nodeAddress, apiAddresses, kubernetesService } = addressesOf(settings)
  const node = {
    dnsNames: [settings.nodeName, 'localhost'],
    ipAddresses: unique([nodeAddress, '127.0.0.1']),
  }
  return {
    apiserver: {
      commonName: 'kube-apiserver',
      server: true,
      dnsNames: [
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
        'localhost',
        settings.nodeName,
      ],
      ipAddresses: [...apiAddresses, kubernetesService],
    },
    admin: { commonName: 'kubernetes-admin', organizations: ['system:masters'], client: true },
    controllers: { commonName: 'system:kube-controller-manager', client: true },
    kubelet: { ...nodeAgent(settings), client: true },
    'kubelet-serving': {
      commonName: `system:node:${settings.nodeName}`,
      organizations: ['system:nodes'],
      server: true,
      ...node,
    },
    'apiserver-kubelet-client': {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      client: true,
    },
  }
}

/** One process that plays many nodes is no agent of a single one. */
function nodeAgent({ nodeName, runtime, simulatedNodes }: Settings) {
  const many = 'tiphys:simulated-nodes'
  return runtime === 'simulated' && simulatedNodes > 1
    ? { commonName: many, organizations: [many] }
    : { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }
}

function fits(path: string, request: CertificateRequest, ca: string, clock: Clock): boolean {
  const text = readIfThere(path)
  if (!text || !existsSync(path.replace(/crt$/, 'key'))) return false
  const certificate = new X509Certificate(text)
  return (
    certificate.verify(new X509Certificate(ca).publicKey) &&
    certificate.toLegacyObject().subject.CN === request.commonName &&
    Date.parse(certificate.validTo) - clock.now() > renewDays * day &&
    (request.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined) &&
    (request.ipAddresses ?? []).every((address) => certificate.checkIP(address) !== undefined)
  )
}

function writeKubeconfigs(settings: Settings): void {
  for (const name of ['admin', 'controllers', 'kubelet'])
    writeFileAtomically(
      join(pathsOf(settings).pki, `${name}.kubeconfig`),
      clientKubeconfig(settings, name),
    )
}

function clientKubeconfig(settings: Settings, client: string): string {
  const directory = pathsOf(settings).pki
  return kubeconfigOf({
    name: settings.name,
    server: `https://127.0.0.1:${settings.apiPort}`,
    authority: read(directory, 'ca.crt'),
    certificate: read(directory, `${client}.crt`),
    key: read(directory, `${client}.key`),
  })
}

const read = (directory: string, file: string) => readFileSync(join(directory, file), 'utf8')

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

const unique = (values: string[]) => [...new Set(values)]
