import assert from 'node:assert/strict'
import type { APIService } from '../../api/types.ts'
import { seededRandom } from '../../ports/random.ts'
import type { Lister } from '../registry/lister.ts'
import { identity, RemoteApi } from './remote-api.ts'

describe('an aggregated server', () => {
  it('is where its Service says, also by the name of somewhere else', () => {
    const services: Record<string, object> = {
      away: { spec: { type: 'ExternalName', externalName: 'api.example.com' } },
      empty: { spec: { type: 'ClusterIP', ports: [{ port: 443 }] } },
    }
    const lister = {
      get: (_plural: string, _namespace: string, name: string) => services[name],
      list: () => [],
    } as unknown as Lister
    const at = (name: string) => {
      const service = { namespace: 'default', name, port: 8443 }
      const spec = { group: 'example.com', version: 'v1', service }
      const api = { metadata: { name: 'v1.example.com' }, spec } as unknown as APIService
      return new RemoteApi(api, {
        lister,
        random: seededRandom(1),
        frontProxy: undefined,
      }).destination('/x', {})
    }
    const { host, port, tls } = at('away')
    assert.deepEqual([host, port, tls?.servername], ['api.example.com', 8443, 'away.default.svc'])
    assert.throws(() => at('empty'), /service\/empty in "default" is not listening on port 8443/)
    assert.throws(() => at('none'), /service\/none in "default" is not present/)
  })
})

describe('the identity that a front proxy tells', () => {
  const sent = (value: unknown) => Buffer.from(String(value), 'latin1').toString()

  it('is the same in any script', () => {
    const name = 'J\u00fcrgen \u6797 \u{1F600}'
    const headers = identity({ name, groups: [name, 'b'], uid: name, extra: { note: [name] } })
    const [group] = headers['X-Remote-Group'] as string[]
    const [note] = headers['X-Remote-Extra-note'] as string[]
    for (const value of [headers['X-Remote-User'], headers['X-Remote-Uid'], group, note]) {
      assert.equal(sent(value), name)
      assert.doesNotMatch(String(value), /[^\x20-\xff]/, 'nothing that a header cannot hold')
    }
  })

  it('has keys that header names can hold, whatever they are', () => {
    const extra = { 'example.com/Key': ['a'], '\u6797\ud800': ['b'] }
    assert.deepEqual(Object.keys(identity({ name: 'x', groups: [], extra })).slice(2), [
      'X-Remote-Extra-example.com%2fkey',
      'X-Remote-Extra-%e6%9e%97%ef%bf%bd',
    ])
  })
})
