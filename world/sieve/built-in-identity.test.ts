/**
 * The controllers that give out certificates, in bounded searches. That of tokens is not among them: they are signed on
 * other threads, which end at another virtual time in every run.
 */

import 'reflect-metadata/lite'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { signingController } from '../../controllers/certificates/index.ts'
import {
  CertificateSigningRequest,
  ConfigMap,
  type Controller,
  Namespace,
} from '../../controllers/framework/index.ts'
import { rootCaController } from '../../controllers/rootca/index.ts'
import { create, patch, remove, type Subject } from './index.ts'
import { carriedOut } from './testing/carried-out.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** What a node asks for, to be known by. */
async function request(name: string) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const asked = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: [{ O: ['system:nodes'] }, { CN: [`system:node:${name}`] }],
      keys: keys as webcrypto.CryptoKeyPair,
      signingAlgorithm: algorithm,
    },
    webcrypto as Crypto,
  )
  return create(CertificateSigningRequest, {
    metadata: { name },
    spec: {
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      request: Buffer.from(`${asked.toString('pem')}\n`).toString('base64'),
      usages: ['digital signature', 'client auth'],
    },
  })
}

const approved = { type: 'Approved', status: 'True', reason: 'ByHand', message: 'known' }
const asked = await request('asked')

const subjects: Record<string, Subject> = {
  'the publication of the authority': {
    controllers: (): Controller[] => [rootCaController('the authority')],
    // What came and went unseen is made again when all namespaces are looked at.
    except: ['unobserved'],
    scenario: [
      create(Namespace, { metadata: { name: 'new' } }),
      patch(ConfigMap, 'new/kube-root-ca.crt', { data: { 'ca.crt': 'another' } }),
      remove(ConfigMap, 'new/kube-root-ca.crt'),
    ],
  },
  'the approval of certificates': {
    process: 'built-in',
    builtIn: ['csrapproving'],
    reads: [CertificateSigningRequest],
    scenario: [asked, await request('other'), remove(CertificateSigningRequest, 'other')],
  },
  'the signing of certificates': {
    // The house's own authority draws serial numbers, and signs on other threads.
    controllers: (): Controller[] => [signingController({ sign: async () => 'signed' })],
    scenario: [
      asked,
      patch(CertificateSigningRequest, 'asked', { status: { conditions: [approved] } }, 'approval'),
    ],
  },
}

describe('built-in controllers of certificates, whatever goes wrong', function () {
  this.timeout(180_000)
  carriedOut(subjects, 15)
})
