import 'reflect-metadata/lite'
import assert from 'node:assert/strict'
import { webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { createAuthority } from '../../apiserver/auth/certificates.ts'
import { type ApiServer, createApiServer } from '../../apiserver/server.ts'
import { openSqlite } from '../../apiserver/storage/sqlite.ts'
import type { Storage } from '../../apiserver/storage/storage.ts'
import { systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { type RunningManager, startManager } from '../framework/index.ts'
import { until } from '../testing/until.ts'
import { signingAuthority } from './authority.ts'
import { approvingController, signingController } from './index.ts'
import { CertificateSigningRequest, hasCondition, type Request } from './kinds.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const client = ['digital signature', 'client auth']
const serving = ['digital signature', 'server auth']

async function requestOf(
  commonName: string,
  organization: string,
  names: x509.JsonGeneralNames = [],
): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: [...(organization ? [{ O: [organization] }] : []), { CN: [commonName] }],
      keys,
      signingAlgorithm: algorithm,
      extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
    },
    webcrypto as Crypto,
  )
  return Buffer.from(`${request.toString('pem')}\n`).toString('base64')
}

describe('certificates by request', () => {
  let storage: Storage
  let server: ApiServer
  let manager: RunningManager
  let root: X509Certificate
  const clock = systemClock
  const random = systemRandom
  beforeEach(async () => {
    storage = await openSqlite({ file: ':memory:' })
    server = await createApiServer({ storage, clock, random })
    const authority = await createAuthority()
    root = new X509Certificate(authority.certificate)
    const cluster = server.cluster()
    const controllers = [
      signingController(await signingAuthority(authority, clock)),
      approvingController(cluster),
    ]
    manager = startManager({ cluster, controllers, clock, random, component: 'test' })
    await manager.ready
  })
  afterEach(async () => {
    await manager.stop()
    await server.close()
    await storage.close()
  })

  /** As somebody asks for one. */
  const ask = (
    name: string,
    signer: string,
    request: string,
    usages: string[],
    as = 'ann',
    expirationSeconds = 3600,
  ) =>
    server
      .cluster({ name: as, groups: ['system:nodes', 'system:authenticated'] })
      .create(CertificateSigningRequest, {
        metadata: { name },
        spec: { signerName: `kubernetes.io/${signer}`, request, usages, expirationSeconds },
      })
  const approve = (name: string) =>
    server.cluster().patch(
      CertificateSigningRequest,
      { name },
      {
        type: 'merge',
        body: { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'R' }] } },
      },
      { subresource: 'approval' },
    )
  const seen = async (name: string, holds: (request: Request) => boolean): Promise<Request> => {
    const all = await until(server.cluster(), CertificateSigningRequest, (requests) =>
      requests.some((request) => request.metadata.name === name && holds(request)),
    )
    return all.find(({ metadata }) => metadata.name === name)!
  }
  const issued = async (name: string) => {
    const { status } = await seen(name, (request) => Boolean(request.status?.certificate))
    return new X509Certificate(Buffer.from(status?.certificate ?? '', 'base64'))
  }
  const failure = async (name: string) => {
    const { status } = await seen(name, (request) => hasCondition(request, 'Failed'))
    return status?.conditions?.find(({ type }) => type === 'Failed')?.message
  }

  it('last no longer than a year, whatever was asked', async () => {
    const years = 10 * 365 * 86_400
    const request = await requestOf('ann', 'dev')
    await ask('ann', 'kube-apiserver-client', request, client, 'ann', years)
    await approve('ann')
    const { validToDate } = await issued('ann')
    assert.ok(validToDate.getTime() - clock.now() <= 365 * 86_400_000)
  })

  it('are signed once they are approved, for as long as was asked', async () => {
    await ask('ann', 'kube-apiserver-client', await requestOf('ann', 'dev'), client)
    await approve('ann')
    const certificate = await issued('ann')
    assert.ok(certificate.verify(root.publicKey))
    assert.ok(certificate.checkIssued(root))
    assert.equal(certificate.subject, 'O=dev\nCN=ann')
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
    assert.ok(certificate.validToDate.getTime() - clock.now() <= 3_600_000)
    assert.equal(certificate.ca, false)
  })

  it('are good for what was asked, where that is one purpose alone', async () => {
    await ask('plain', 'kube-apiserver-client', await requestOf('ann', ''), ['client auth'])
    await approve('plain')
    const extensions = new x509.X509Certificate((await issued('plain')).raw).extensions
    assert.ok(!extensions.some((extension) => extension instanceof x509.KeyUsagesExtension))
  })

  it('are not signed for what the signer does not stand for', async () => {
    const node = (name = 'a') => requestOf(`system:node:${name}`, 'system:nodes')
    const named = await requestOf('system:node:a', 'system:nodes', [
      { type: 'ip', value: '10.0.0.1' },
    ])
    const rows: [string, string, string, string[], RegExp][] = [
      ['usage', 'kube-apiserver-client', await requestOf('ann', ''), serving, /client auth/],
      [
        'group',
        'kube-apiserver-client-kubelet',
        await requestOf('system:node:a', 'x'),
        client,
        /organization/,
      ],
      [
        'name',
        'kube-apiserver-client-kubelet',
        await requestOf('root', 'system:nodes'),
        client,
        /common name/,
      ],
      ['addresses', 'kube-apiserver-client-kubelet', named, client, /subjectAltNames/],
      ['nameless', 'kubelet-serving', await node(), serving, /subjectAltName is required/],
      [
        'foreign',
        'kubelet-serving',
        await requestOf('system:node:b', 'system:nodes'),
        serving,
        /node that asks/,
      ],
    ]
    for (const [name, signer, request, usages, expected] of rows) {
      await ask(name, signer, request, usages, 'system:node:a')
      await approve(name)
      assert.match((await failure(name)) ?? '', expected, name)
    }
    await ask('serving', 'kubelet-serving', named, serving, 'system:node:a')
    await approve('serving')
    assert.equal((await issued('serving')).subjectAltName, 'IP Address:10.0.0.1')
  })

  it('of nodes for themselves need nobody, where nodes have that right', async () => {
    const cluster = server.cluster()
    const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: false }
    const kind = { ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings' }
    const role = 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient'
    await cluster.create(kind, {
      metadata: { name: 'nodes' },
      roleRef: { apiGroup: rbac.group, kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: rbac.group, kind: 'Group', name: 'system:nodes' }],
    } as never)
    const own = await requestOf('system:node:a', 'system:nodes')
    await ask('other', 'kube-apiserver-client-kubelet', own, client, 'system:node:b')
    await ask('own', 'kube-apiserver-client-kubelet', own, client, 'system:node:a')
    assert.equal((await issued('own')).subject, 'O=system:nodes\nCN=system:node:a')
    const other = await cluster.get(CertificateSigningRequest, { name: 'other' })
    assert.equal(other?.status?.conditions, undefined)
  })
})
