import 'reflect-metadata/lite'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import { created, row, told } from '../examples.ts'
import { certificateRequestProblem } from './certificate-request.ts'
import { certificateSigningRequests } from './certificate-signing-request.ts'

async function pem(algorithm: webcrypto.Algorithm): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm as never, true, [
    'sign',
    'verify',
  ])) as never
  const signingAlgorithm = { ...algorithm, hash: 'SHA-256' }
  const made = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: 'CN=me', keys, signingAlgorithm },
    webcrypto as never,
  )
  return made.toString('pem')
}

const elliptic = { name: 'ECDSA', namedCurve: 'P-256' }
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
}
const encoded = (text: string) => Buffer.from(text).toString('base64')
const request = (spec: object, status?: object) => ({ metadata: { name: 'a' }, spec, status })
const approved = { type: 'Approved', status: 'True' }

describe('requests for certificates', () => {
  it('are signed with the key that they are for', async () => {
    for (const algorithm of [elliptic, rsa, { name: 'Ed25519' }]) {
      const good = await pem(algorithm)
      assert.equal(certificateRequestProblem(good), undefined, algorithm.name)
      const der = Buffer.from(good.replace(/-----[^-]+-----|\s/g, ''), 'base64')
      der[der.length - 1]! ^= 1
      const spoilt = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
      assert.match(certificateRequestProblem(spoilt) ?? '', /verification failure/, algorithm.name)
    }
  })

  for (const [about, text, problem] of [
    ['are in PEM', 'nonsense', 'PEM block type must be CERTIFICATE REQUEST'],
    [
      'end somewhere',
      '-----BEGIN A-----\n'.repeat(60_000),
      'PEM block type must be CERTIFICATE REQUEST',
    ],
    [
      'are whole',
      '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----',
      'asn1: structure error: malformed certificate request',
    ],
  ] as const)
    it(about, () => assert.equal(certificateRequestProblem(text), problem))

  it('say what for, from whom and for how long', async () => {
    const spec = {
      request: encoded(await pem(elliptic)),
      signerName: 'example.com/s',
      usages: ['any'],
    }
    assert.deepEqual(created(certificateSigningRequests, request(spec)), [])
    const bad = { ...spec, signerName: 'example', usages: ['any', 'any'], expirationSeconds: 5 }
    assert.deepEqual(created(certificateSigningRequests, request(bad)), [
      'spec.usages[1]: Duplicate value: "any"',
      `spec.signerName: Invalid value: "example": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
      'spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)',
    ])
  })

  it('are of those who send them, and not approved yet', () => {
    const object = request(
      { username: 'admin', groups: ['system:masters'] },
      { conditions: [approved] },
    )
    created(certificateSigningRequests, object)
    assert.deepEqual(object, request({ username: 'me', groups: [] }, {}))
  })

  const approval = certificateSigningRequests.subresources.find(({ name }) => name === 'approval')!
  const context = { clock: new VirtualClock() } as never
  const stored = () => request({ username: 'me' }, {})

  it('are approved by one, who changes nothing else', () => {
    const object = request({ username: 'other' }, { conditions: [approved], certificate: 'x' })
    approval.part?.prepareForUpdate(object as never, stored() as never, context)
    assert.deepEqual(object.spec, { username: 'me' })
    assert.partialDeepStrictEqual(object.status, { conditions: [approved] })
    assert.ok(!Object.hasOwn(object.status ?? {}, 'certificate'))
    assert.deepEqual(
      told(approval.part?.validateUpdate?.(object as never, stored() as never) ?? []),
      [],
    )
  })

  it('are signed by another, who does not approve', () => {
    const object = request(
      { username: 'me' },
      { conditions: [approved], certificate: encoded('x') },
    )
    const { strategy } = certificateSigningRequests
    assert.deepEqual(
      told(strategy.validateStatusUpdate?.(object as never, stored() as never) ?? []),
      [
        'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
        'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
      ],
    )
  })

  it('keep their approval, whatever their signer says of it', () => {
    const failed = { type: 'Failed', status: 'True' }
    const object = request(
      {},
      { conditions: [failed, { ...approved, reason: 'mine', status: 'False' }] },
    )
    const { strategy } = certificateSigningRequests
    const old = request({}, { conditions: [approved] })
    strategy.prepareForStatusUpdate?.(object as never, old as never, context)
    assert.partialDeepStrictEqual(object.status, { conditions: [failed, approved] })
    assert.deepEqual(strategy.validateStatusUpdate?.(object as never, old as never), [])
  })

  it('are approved or denied, for good', () => {
    const denied = { type: 'Denied', status: 'True' }
    const errors = (conditions: object[]) =>
      told(
        approval.part?.validateUpdate?.(
          request({}, { conditions }) as never,
          request({}, { conditions: [approved] }) as never,
        ) ?? [],
      )
    assert.deepEqual(errors([]), [
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ])
    assert.deepEqual(errors([approved, denied]), [
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ])
  })

  it('read as rows', () =>
    assert.deepEqual(
      row(
        certificateSigningRequests,
        request(
          { signerName: 'example.com/s', username: 'me', expirationSeconds: 3600 },
          { conditions: [approved], certificate: 'x' },
        ),
        0,
      ),
      ['a', '<unknown>', 'example.com/s', 'me', '60m', 'Approved,Issued'],
    ))
})
