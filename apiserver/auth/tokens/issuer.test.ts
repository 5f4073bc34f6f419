import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'
import { signingKey } from '../../../api/token-keys.ts'
import { seededRandom } from '../../../ports/random.ts'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import { tokenIssuer } from './issuer.ts'

const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey

const keys: [algorithm: string, key: KeyObject][] = [
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['ES256', curve('P-256')],
  ['ES384', curve('P-384')],
  ['ES512', curve('P-521')],
]

describe('service account tokens', () => {
  for (const [algorithm, pair] of keys)
    it(`are signed with ${algorithm} so that others can verify them`, async () => {
      const key = signingKey(pair.export({ type: 'pkcs8', format: 'pem' }).toString())
      const ports = { clock: new VirtualClock(), random: seededRandom(1) }
      const issuer = tokenIssuer({ issuer: 'https://issuer.example.com', key, ...ports })
      const serviceaccount = { name: 'builder', uid: 'u' }
      const token = await issuer.issue({
        claims: { namespace: 'default', serviceaccount },
        audiences: ['somebody'],
        expirationSeconds: 600,
      })
      const { protectedHeader, payload } = await compactVerify(token, key.key)
      assert.deepEqual(protectedHeader, { alg: algorithm, kid: key.id })
      const claims = JSON.parse(Buffer.from(payload).toString())
      assert.equal(claims.sub, 'system:serviceaccount:default:builder')
      assert.equal(claims.exp - claims.iat, 600)
    })
})
