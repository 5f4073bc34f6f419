import 'reflect-metadata/lite'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import type { ResourceAttributes } from '../auth/authorization.ts'
import { certificateSigningRequests } from '../resources/certificates/certificate-signing-request.ts'
import { certificateApproval, certificateSigning } from './certificate-approval.ts'
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts'
import { refusalOf } from './testing/plugin-lab.ts'

const resource = certificateSigningRequests
const spec = { signerName: 'example.com/signer', request: '' }

describe('admission of certificates', () => {
  const asked: string[] = []
  const authorize = (allowing: string) => (attributes: object) => {
    const { verb, resource, name } = attributes as ResourceAttributes
    asked.push(`${verb} ${resource} ${name}`)
    return { allowed: name === allowing }
  }
  const change = { resource, operation: 'UPDATE', object: { spec }, old: { spec } } as const

  it('asks for the right to approve for the signer, or for all of its domain', async () => {
    const approval = { ...change, subresource: 'approval' }
    assert.equal(
      await refusalOf(certificateApproval(authorize('none')), approval),
      '403 certificatesigningrequests.certificates.k8s.io "x" is forbidden: user not permitted to approve requests with signerName "example.com/signer"',
    )
    assert.deepEqual(asked, ['approve signers example.com/signer', 'approve signers example.com/*'])
    assert.equal(await refusalOf(certificateApproval(authorize('example.com/*')), approval), '')
  })

  it('asks for the right to sign where something is signed', async () => {
    const status = { ...change, subresource: 'status' }
    const plugin = certificateSigning(authorize('none'))
    assert.equal(await refusalOf(plugin, status), '')
    const signed = { ...status, object: { spec, status: { certificate: 'PEM' } } }
    assert.match(
      await refusalOf(plugin, signed),
      /user not permitted to sign requests with signerName "example.com\/signer"$/,
    )
  })

  it('asks nobody of other changes', async () => {
    asked.length = 0
    await refusalOf(certificateApproval(authorize('none')), change)
    assert.deepEqual(asked, [])
  })

  it('gives out no certificate of the masters', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    const request = async (name: string) => {
      const made = await Pkcs10CertificateRequestGenerator.create({
        name,
        keys: keys as never,
        signingAlgorithm: algorithm,
      })
      return Buffer.from(made.toString('pem')).toString('base64')
    }
    const ask = async (name: string, signerName = 'kubernetes.io/kube-apiserver-client') =>
      refusalOf(certificateSubjectRestriction, {
        resource,
        object: { spec: { signerName, request: await request(name) } },
      })
    assert.match(
      await ask('CN=jane, O=system:masters'),
      /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed$/,
    )
    assert.equal(await ask('CN=jane, O=people'), '')
    assert.equal(await ask('CN=jane, O=system:masters', 'example.com/signer'), '')
  })
})
