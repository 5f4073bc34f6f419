import assert from 'node:assert/strict'
import type { Secret } from '../../../controllers/framework/index.ts'
import { credentialsFor } from './credentials.ts'
import { ImageReferenceError, isLoopback, parseReference } from './reference.ts'

const digest = `sha256:${'a'.repeat(64)}`

describe('the name of an image', () => {
  for (const [text, host, repository, rest] of [
    ['127.0.0.1:5000/shop:live', '127.0.0.1:5000', 'shop', { tag: 'live' }],
    ['127.0.0.1:5000/shop', '127.0.0.1:5000', 'shop', { tag: 'latest' }],
    ['localhost/crew/shop:1', 'localhost', 'crew/shop', { tag: '1' }],
    ['shop', 'docker.io', 'library/shop', { tag: 'latest' }],
    ['crew/shop:V1.0-rc_2', 'docker.io', 'crew/shop', { tag: 'V1.0-rc_2' }],
    [`r.example.com/a/b@${digest}`, 'r.example.com', 'a/b', { digest }],
    [`r.example.com/a/b:v1@${digest}`, 'r.example.com', 'a/b', { digest }],
  ] as const)
    it(`${text.slice(0, 40)} is in ${host}`, () => {
      assert.deepEqual(parseReference(text), { host, repository, ...rest })
    })

  for (const text of [
    '',
    'Shop',
    'r.example.com/',
    'r.example.com/shop:',
    'r.example.com/shop:-live',
    'r.example.com/../shop',
    'r.example.com/a//b',
    'r.example.com:port/shop',
    'user:word@r.example.com/shop',
    `r.example.com/shop@${digest}@${digest}`,
    'r.example.com/shop@sha256:12',
    'r.example.com/shop?x=1:live',
  ])
    it(`${JSON.stringify(text.slice(0, 40))} is none`, () => {
      assert.throws(() => parseReference(text), ImageReferenceError)
    })

  it('says whether its registry is on this machine', () => {
    for (const host of ['localhost', 'localhost:5000', '127.0.0.1:5000', '127.1.2.3'])
      assert.ok(isLoopback(host), host)
    for (const host of ['localhost.example.com', '127.0.0.1.example.com', '10.0.0.1', 'docker.io'])
      assert.ok(!isLoopback(host), host)
  })
})

describe('a pull Secret', () => {
  const secret = (config: unknown): Secret => ({
    metadata: { name: 'login' },
    data: {
      '.dockerconfigjson': Buffer.from(
        typeof config === 'string' ? config : JSON.stringify(config),
      ).toString('base64'),
    },
  })
  const jason = { username: 'jason', password: 'a:b' }
  const auth = Buffer.from('jason:a:b').toString('base64')

  for (const [server, login] of [
    ['127.0.0.1:5000', jason],
    ['http://127.0.0.1:5000/v2/', jason],
    ['127.0.0.1:5000', { auth }],
  ] as const)
    it(`has the login for ${server} with ${Object.keys(login)}`, () => {
      const config = secret({ auths: { 'other.example.com': { auth: '' }, [server]: login } })
      assert.deepEqual(credentialsFor('127.0.0.1:5000', config), jason)
    })

  it('knows the names of the one registry that has several', () => {
    const config = secret({ auths: { 'https://index.docker.io/v1/': jason } })
    assert.deepEqual(credentialsFor('docker.io', config), jason)
  })

  it('has none for other registries', () => {
    assert.equal(credentialsFor('a.example.com', secret({ auths: { b: jason } })), undefined)
    assert.equal(credentialsFor('a.example.com', secret({})), undefined)
  })

  it('that cannot be read is named, and nothing of it shown', () => {
    for (const config of ['{"auths', 'null', '7'])
      assert.throws(() => credentialsFor('a', secret(config)), /^Error: Secret login.*not/)
    assert.throws(() => credentialsFor('a', { metadata: { name: 'login' } }), /has no/)
  })
})
