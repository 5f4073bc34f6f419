import assert from 'node:assert/strict'
import type { Secret } from '../../api/types.ts'
import { credentialsFor } from './credentials.ts'

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')

const secret = (auths: Record<string, object>): Secret => ({
  metadata: { name: 'pull' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': encoded({ auths }) },
})

const as = (username: string) => ({ username, password: 'p' })
const users = (reference: string, ...places: string[]) =>
  credentialsFor(reference, [
    secret(Object.fromEntries(places.map((place) => [place, as(place)]))),
  ]).map(({ username }) => username)

describe('the credentials for an image', () => {
  it('are those of its registry, port and path', () => {
    const places = ['a.example', 'a.example:5000', 'https://b.example/team']
    assert.deepEqual(users('a.example/app:1', ...places), ['a.example'])
    assert.deepEqual(users('a.example:5000/app', ...places), ['a.example:5000'])
    assert.deepEqual(users('b.example/team/app', ...places), ['https://b.example/team'])
    assert.deepEqual(users('b.example/other/app', ...places), [])
    for (const other of ['evil.example/a.example', 'a.example.evil', 'b.a.example', 'a.exampl'])
      assert.deepEqual(users(`${other}/app`, ...places), [], other)
  })

  it('come with the most particular place first', () => {
    assert.deepEqual(users('a.example/team/app', 'a.example', 'a.example/team'), [
      'a.example/team',
      'a.example',
    ])
  })

  it('may be for a pattern of hosts, part by part', () => {
    assert.deepEqual(users('eu.a.example/app', '*.a.example'), ['*.a.example'])
    assert.deepEqual(users('eu.x.a.example/app', '*.a.example'), [])
    assert.deepEqual(users('r12.example/app', 'r*2.example', 'r?.example'), ['r*2.example'])
    assert.deepEqual(users('eu.b.example/app', '*.a.example'), [])
  })

  it('are Docker Hub’s for names without a host', () => {
    const hub = 'https://index.docker.io/v1/'
    for (const name of ['app', 'me/app:1', 'docker.io/me/app', 'index.docker.io/me/app'])
      assert.deepEqual(users(name, hub, 'a.example'), [hub], name)
    assert.deepEqual(users('localhost:5000/app', hub), [])
  })

  it('are read from `auth` and from the older form of file', () => {
    const auth = Buffer.from('me:a:b').toString('base64')
    assert.deepEqual(credentialsFor('a.example/app', [secret({ 'a.example': { auth } })]), [
      { username: 'me', password: 'a:b' },
    ])
    const older: Secret = {
      type: 'kubernetes.io/dockercfg',
      metadata: {},
      data: { '.dockercfg': encoded({ 'a.example': as('old') }) },
    }
    assert.deepEqual(credentialsFor('a.example/app', [older]), [as('old')])
  })

  it('are refused in a secret that is no such file', () => {
    const text = (content: string): Secret => ({
      ...secret({}),
      data: { '.dockerconfigjson': Buffer.from(content).toString('base64') },
    })
    for (const content of ['', '[]', '{}', '{"auths":{"a":1}}', '{"auths":{"a":{"auth":"eA=="}}}'])
      assert.throws(() => credentialsFor('a/app', [text(content)]), SyntaxError, content)
    assert.throws(() => credentialsFor('a/app', [{ metadata: {}, type: 'Opaque' }]), SyntaxError)
  })
})
