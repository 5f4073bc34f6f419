import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { signingKey } from '../../api/token-keys.ts'
import type { Secret as SecretObject } from '../../api/types.ts'
import { AccountTokens } from '../../apiserver/auth/tokens/account-tokens.ts'
import { type ApiServer, createApiServer } from '../../apiserver/server.ts'
import { openSqlite } from '../../apiserver/storage/sqlite.ts'
import type { Storage } from '../../apiserver/storage/storage.ts'
import { systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { type RunningManager, Secret, ServiceAccount, startManager } from '../framework/index.ts'
import { until } from '../testing/until.ts'
import { tokenSecretController } from './token-secrets.ts'

const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

describe('tokens that are kept in Secrets', () => {
  let storage: Storage
  let server: ApiServer
  let manager: RunningManager
  const clock = systemClock
  const random = systemRandom
  beforeEach(async () => {
    storage = await openSqlite({ file: ':memory:' })
    server = await createApiServer({ storage, clock, random })
    const controllers = [tokenSecretController({ privateKey, rootCa: 'PEM' })]
    manager = startManager({
      cluster: server.cluster(),
      controllers,
      clock,
      random,
      component: 't',
    })
    await manager.ready
  })
  afterEach(async () => {
    await manager.stop()
    await server.close()
    await storage.close()
  })

  const place = { namespace: 'default', name: 'robot' }
  const secret = (name: string, annotations: Record<string, string> = {}): SecretObject => ({
    metadata: {
      namespace: 'default',
      name,
      annotations: { 'kubernetes.io/service-account.name': 'robot', ...annotations },
    },
    type: 'kubernetes.io/service-account-token',
  })
  const decoded = (object: SecretObject | undefined, key: string) =>
    Buffer.from(object?.data?.[key] ?? '', 'base64').toString()

  it('are good for the account until the Secret goes, and go with the account', async () => {
    const cluster = server.cluster()
    await cluster.create(ServiceAccount, { metadata: place })
    await cluster.create(Secret, secret('token'))
    const filled = (all: SecretObject[]) =>
      all.find(({ metadata, data }) => metadata.name === 'token' && data?.token)
    const found = await until(cluster, Secret, (all) => filled(all) !== undefined)
    const kept = filled(found)
    assert.equal(decoded(kept, 'ca.crt'), 'PEM')
    assert.equal(decoded(kept, 'namespace'), 'default')
    const account = await cluster.get(ServiceAccount, place)
    assert.equal(
      kept?.metadata.annotations?.['kubernetes.io/service-account.uid'],
      account?.metadata.uid,
    )
    const tokens = new AccountTokens({
      issuers: [],
      keys: [signingKey(privateKey)],
      lister: server.lister,
      clock,
    })
    const token = decoded(kept, 'token')
    const holder = await tokens.authenticate(token, ['anything'])
    assert.deepEqual(holder?.user, {
      name: 'system:serviceaccount:default:robot',
      uid: account?.metadata.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    })
    const marked = { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' }
    const mark = async (labels: Record<string, string | null>) => {
      const body = { metadata: { labels } }
      await cluster.patch(Secret, { ...place, name: 'token' }, { type: 'merge', body })
    }
    await mark(marked)
    await assert.rejects(async () => tokens.authenticate(token, ['anything']), /marked invalid/)
    await mark({ 'kubernetes.io/legacy-token-invalid-since': null })
    assert.ok(await tokens.authenticate(token, ['anything']))
    await cluster.remove(ServiceAccount, place)
    await until(cluster, Secret, (all) => !all.some(({ metadata }) => metadata.name === 'token'))
    await assert.rejects(async () => tokens.authenticate(token, ['anything']), /server's copy/)
  })

  it('are not given to the next account of a name', async () => {
    const cluster = server.cluster()
    await cluster.create(ServiceAccount, { metadata: place })
    await cluster.create(Secret, secret('other', { 'kubernetes.io/service-account.uid': 'gone' }))
    await until(cluster, Secret, (all) => !all.some(({ metadata }) => metadata.name === 'other'))
  })
})
