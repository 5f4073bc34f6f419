import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { signingKey, verificationKeys } from '../../api/token-keys.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { staticTokens } from '../auth/tokens/static-tokens.ts'
import { type Ask, pod, startWireServer, type WireServer } from './wire.ts'

const pemOf = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

const reviews = '/apis/authentication.k8s.io/v1/tokenreviews'
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const accounts = '/api/v1/namespaces/default/serviceaccounts'
const issuer = 'https://kubernetes.default.svc.cluster.local'

describe('wire: tokens', () => {
  const oldKey = signingKey(pemOf())
  const newKey = signingKey(pemOf())
  const clock = new VirtualClock(Date.UTC(2026, 0, 1))
  let wire: WireServer
  before(async () => {
    wire = await startWireServer({
      clock,
      access: {
        signingKey: newKey,
        verificationKeys: verificationKeys(
          oldKey.key.export({ type: 'spki', format: 'pem' }).toString(),
        ),
        enableBootstrapTokens: true,
        staticTokens: staticTokens('s3cret,joe,17,"dev,ops"\n\nother,ann,18\n'),
      },
    })
    for (const name of ['robot', 'default'])
      assert.equal((await wire.ask('POST', accounts, { body: { metadata: { name } } })).code, 201)
  })
  after(() => wire.close())

  const request = async (spec: object = {}, name = 'robot') =>
    wire.ask('POST', `${accounts}/${name}/token`, { body: { spec } })
  const tokenFor = async (spec: object = {}, name = 'robot'): Promise<string> => {
    const { code, json, text } = await request(spec, name)
    assert.equal(code, 201, text)
    return json.status.token
  }
  const bearer = (token: string): Ask => ({
    as: null,
    headers: { authorization: `Bearer ${token}` },
  })
  const codeOf = async (token: string) =>
    (await wire.ask('POST', whoami, { ...bearer(token), body: {} })).code
  const review = async (spec: object) => (await wire.ask('POST', reviews, { body: { spec } })).json
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const sign = (claims: object, key = newKey, header: object = {}) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: key.algorithm, kid: key.id, ...header })
      .sign(key.privateKey)

  it('are given to service accounts, with the claims that others rely on', async () => {
    const { code, json } = await request({ expirationSeconds: 700, audiences: [issuer, 'vault'] })
    assert.equal(code, 201)
    assert.equal(json.kind, 'TokenRequest')
    assert.equal(json.apiVersion, 'authentication.k8s.io/v1')
    assert.equal(json.metadata.name, 'robot')
    assert.equal(json.metadata.namespace, 'default')
    assert.equal(json.status.expirationTimestamp, '2026-01-01T00:11:40Z')
    assert.deepEqual(json.spec, {
      audiences: [issuer, 'vault'],
      expirationSeconds: 700,
      boundObjectRef: null,
    })
    const { jti, 'kubernetes.io': bound, ...claims } = claimsOf(json.status.token)
    const now = Date.UTC(2026, 0, 1) / 1000
    assert.deepEqual(claims, {
      aud: [issuer, 'vault'],
      exp: now + 700,
      iat: now,
      iss: issuer,
      nbf: now,
      sub: 'system:serviceaccount:default:robot',
    })
    assert.equal(bound.namespace, 'default')
    assert.equal(bound.serviceaccount.name, 'robot')
    const answer = await wire.ask('POST', whoami, { ...bearer(json.status.token), body: {} })
    assert.equal(answer.code, 201)
    assert.deepEqual(answer.json.status.userInfo, {
      username: 'system:serviceaccount:default:robot',
      uid: bound.serviceaccount.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] },
    })
  })

  it('last ten minutes at least, and are for accounts that exist', async () => {
    const short = await request({ expirationSeconds: 60 })
    assert.equal(short.code, 422)
    assert.equal(
      short.json.message,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    )
    const missing = await request({}, 'nobody')
    assert.equal(missing.code, 404)
    assert.equal(missing.json.message, 'serviceaccounts "nobody" not found')
  })

  it('hold for what they are for, and for nothing else', async () => {
    const token = await tokenFor({ audiences: ['vault'] })
    assert.equal(await codeOf(token), 401)
    const other = await review({ token, audiences: ['vault', 'more'] })
    assert.equal(other.status.authenticated, true)
    assert.deepEqual(other.status.audiences, ['vault'])
    const wrong = await review({ token })
    assert.equal(wrong.status.authenticated, undefined)
    assert.match(wrong.status.error, /^\[invalid bearer token, /)
  })

  it('end with their time, a minute of grace aside', async () => {
    const token = await tokenFor({ expirationSeconds: 600 })
    await clock.advance(600_000 + 59_000)
    assert.equal(await codeOf(token), 201)
    await clock.advance(2_000)
    assert.equal(await codeOf(token), 401)
    const early = await sign({
      ...claimsOf(token),
      exp: clock.now() / 1000 + 3600,
      nbf: clock.now() / 1000 + 61,
    })
    assert.equal(await codeOf(early), 401)
  })

  it('end with the pod they are bound to, and tell of it while it is there', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    const body = pod('p', { serviceAccountName: 'robot', nodeName: 'n1' })
    const made = (await wire.ask('POST', pods, { body })).json
    const { uid } = made.metadata
    const ref = { kind: 'Pod', apiVersion: 'v1', name: 'p' }
    const token = await tokenFor({ boundObjectRef: { ...ref, uid } })
    const { extra } = (await wire.ask('POST', whoami, { ...bearer(token), body: {} })).json.status
      .userInfo
    assert.deepEqual(extra['authentication.kubernetes.io/pod-name'], ['p'])
    assert.deepEqual(extra['authentication.kubernetes.io/pod-uid'], [uid])
    assert.deepEqual(extra['authentication.kubernetes.io/node-name'], ['n1'])
    assert.equal((await request({ boundObjectRef: { ...ref, uid: 'other' } })).code, 409)
    assert.equal((await request({ boundObjectRef: ref }, 'default')).code, 400)
    assert.equal((await request({ boundObjectRef: { ...ref, name: 'q' } })).code, 404)
    const deployment = { kind: 'Deployment', apiVersion: 'apps/v1', name: 'd' }
    const refused = await request({ boundObjectRef: deployment })
    assert.equal(
      refused.json.message,
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    )
    await wire.ask('DELETE', `${pods}/p?gracePeriodSeconds=0`)
    assert.equal(await codeOf(token), 401)
    const again = await wire.ask('POST', pods, { body })
    assert.equal(again.code, 201)
    assert.equal(await codeOf(token), 401)
  })

  it('end with the secret they are bound to, and with their account', async () => {
    const secrets = '/api/v1/namespaces/default/secrets'
    await wire.ask('POST', secrets, { body: { metadata: { name: 's' } } })
    const ref = { kind: 'Secret', apiVersion: 'v1', name: 's' }
    const token = await tokenFor({ boundObjectRef: ref })
    assert.equal(await codeOf(token), 201)
    await wire.ask('DELETE', `${secrets}/s`)
    assert.equal(await codeOf(token), 401)
    await wire.ask('POST', accounts, { body: { metadata: { name: 'gone' } } })
    const own = await tokenFor({}, 'gone')
    assert.equal(await codeOf(own), 201)
    await wire.ask('DELETE', `${accounts}/gone`)
    assert.equal(await codeOf(own), 401)
    await wire.ask('POST', accounts, { body: { metadata: { name: 'gone' } } })
    assert.equal(await codeOf(own), 401)
  })

  it('of a pod live longer than they say, for clients that read theirs once', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    await wire.ask('POST', pods, { body: pod('long', { serviceAccountName: 'robot' }) })
    const ref = { kind: 'Pod', apiVersion: 'v1', name: 'long' }
    const { json } = await request({ boundObjectRef: ref, expirationSeconds: 3607 })
    const { exp, iat, 'kubernetes.io': bound } = claimsOf(json.status.token)
    assert.equal(exp - iat, 365 * 24 * 3600)
    assert.equal(bound.warnafter, iat + 3607)
    assert.equal(Date.parse(json.status.expirationTimestamp) / 1000, iat + 3607)
  })

  it('of a key that was rotated still hold while it is known', async () => {
    const claims = claimsOf(await tokenFor())
    assert.equal(await codeOf(await sign(claims, oldKey)), 201)
    assert.equal(await codeOf(await sign(claims, signingKey(pemOf()))), 401)
    const unknown = signingKey(pemOf())
    assert.equal(await codeOf(await sign(claims, unknown, { kid: newKey.id })), 401)
    assert.equal(await codeOf(await sign(claims, newKey, { kid: undefined })), 201)
  })

  it('cannot be forged: no signature, a public key as a secret, other claims, other issuers', async () => {
    const token = await tokenFor()
    const [header = '', payload = '', signature = ''] = token.split('.')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = claimsOf(token)
    const admin = encode({ ...claims, sub: 'system:serviceaccount:kube-system:admin' })
    const hmac = (alg: string, secret: string | Buffer) => {
      const signed = `${encode({ alg, kid: newKey.id })}.${payload}`
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    }
    const publicKey = createPublicKey(newKey.privateKey)
    const forged = [
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'None', kid: newKey.id })}.${payload}.`,
      `${encode({ alg: 'none' })}.${payload}`,
      hmac('HS256', publicKey.export({ type: 'spki', format: 'pem' })),
      hmac('HS256', publicKey.export({ type: 'spki', format: 'der' })),
      hmac('ES256', 'x'),
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}.`,
      `${encode({ alg: 'ES256', kid: '../../etc/passwd' })}.${payload}.${signature}`,
      `${encode({ alg: 'ES256', kid: newKey.id, crit: ['x'], x: 1 })}.${payload}.${signature}`,
      await sign({ ...claims, iss: 'https://elsewhere' }),
      await sign({ ...claims, exp: undefined }),
      await sign({ ...claims, 'kubernetes.io': { namespace: 'default' } }),
      await sign({ iss: issuer, aud: issuer, exp: claims.exp }),
      'a.b.c',
      '..',
      '{}',
    ]
    for (const [index, bad] of forged.entries())
      assert.equal(await codeOf(bad), 401, `forgery ${index}: ${bad.slice(0, 60)}`)
    assert.equal(await codeOf(token), 201)
  })

  it('that are huge are refused before anybody looks at them', async () => {
    assert.equal(await codeOf('a'.repeat(20_000)), 401)
    const { status } = await review({ token: `${'a'.repeat(1 << 20)}.b.c` })
    assert.match(status.error, /too long/)
  })

  it('of a file stand for the users it names', async () => {
    const { json } = await wire.ask('POST', whoami, { ...bearer('s3cret'), body: {} })
    assert.deepEqual(json.status.userInfo, {
      username: 'joe',
      uid: '17',
      groups: ['dev', 'ops', 'system:authenticated'],
    })
    assert.equal(await codeOf('other'), 201)
    assert.equal(await codeOf('s3cre'), 401)
    const known = await review({ token: 's3cret' })
    assert.deepEqual(known.status.audiences, [issuer])
  })

  it('of bootstrap Secrets let nodes ask to join, until they expire or go', async () => {
    const secrets = '/api/v1/namespaces/kube-system/secrets'
    const stringData = {
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      'auth-extra-groups': 'system:bootstrappers:workers',
      expiration: new Date(clock.now() + 60_000).toISOString(),
    }
    const body = {
      metadata: { name: 'bootstrap-token-abcdef' },
      type: 'bootstrap.kubernetes.io/token',
      stringData,
    }
    assert.equal((await wire.ask('POST', secrets, { body })).code, 201)
    const token = 'abcdef.0123456789abcdef'
    const { json } = await wire.ask('POST', whoami, { ...bearer(token), body: {} })
    assert.deepEqual(json.status.userInfo, {
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:workers', 'system:authenticated'],
    })
    assert.equal(await codeOf('abcdef.0123456789abcdeX'), 401)
    assert.equal(await codeOf('abcdef.0123456789abcdee'), 401)
    await clock.advance(61_000)
    assert.equal(await codeOf(token), 401)
  })

  it('are known from outside by documents that others check them with', async () => {
    const configuration = await wire.ask('GET', '/.well-known/openid-configuration')
    assert.equal(configuration.json.issuer, issuer)
    assert.equal(configuration.json.jwks_uri, `${issuer}/openid/v1/jwks`)
    const jwks = await wire.ask('GET', '/openid/v1/jwks')
    assert.equal(jwks.headers['content-type'], 'application/jwk-set+json')
    assert.deepEqual(
      jwks.json.keys.map(({ kid, alg, use, kty, d }: Record<string, string>) => [
        kid,
        alg,
        use,
        kty,
        d,
      ]),
      [
        [newKey.id, 'ES256', 'sig', 'EC', undefined],
        [oldKey.id, 'ES256', 'sig', 'EC', undefined],
      ],
    )
    const token = await tokenFor()
    const account = await wire.ask('GET', '/openid/v1/jwks', bearer(token))
    assert.equal(account.code, 200)
    assert.equal((await wire.ask('GET', '/openid/v1/jwks', { as: null })).code, 403)
  })
})
