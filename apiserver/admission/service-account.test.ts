import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { serviceAccount } from './service-account.ts'
import { admitted, refusalOf } from './testing/plugin-lab.ts'

describe('ServiceAccount', () => {
  const clock = new VirtualClock()
  let accounts: KubernetesObject[]
  const plugin = (kept = true) =>
    serviceAccount({
      lister: givenObjects({ serviceaccounts: accounts }),
      clock,
      random: seededRandom(1),
      kept,
    })
  const account = (name: string, more: object = {}) => ({
    metadata: { name, namespace: 'ns' },
    ...more,
  })
  const pod = (spec: object = {}) => ({
    object: { spec: { containers: [{ name: 'c' }], ...spec } },
  })
  beforeEach(() => {
    accounts = []
  })

  it('gives a pod its account, its pull secrets and a token', async () => {
    accounts.push(account('default', { imagePullSecrets: [{ name: 'pull' }] }))
    const { spec } = await admitted(plugin(), pod())
    assert.deepEqual([spec.serviceAccountName, spec.serviceAccount], ['default', 'default'])
    assert.deepEqual(spec.imagePullSecrets, [{ name: 'pull' }])
    const [{ name, projected }] = spec.volumes
    assert.match(name, /^kube-api-access-[a-z0-9]{5}$/)
    assert.deepEqual(spec.containers[0].volumeMounts, [
      { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ])
    assert.deepEqual(
      projected.sources.map((source: object) => Object.keys(source)[0]),
      ['serviceAccountToken', 'configMap', 'downwardAPI'],
    )
    assert.equal(projected.sources[0].serviceAccountToken.expirationSeconds, 3607)
  })

  it('mounts no token where account or pod do not want it, or something else is there', async () => {
    accounts.push(account('shy', { automountServiceAccountToken: false }), account('default'))
    const shy = await admitted(plugin(), pod({ serviceAccountName: 'shy' }))
    assert.equal(shy.spec.volumes, undefined)
    const own = await admitted(plugin(), pod({ automountServiceAccountToken: false }))
    assert.equal(own.spec.volumes, undefined)
    const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
    const taken = { name: 'c', volumeMounts: [{ name: 'v', mountPath }] }
    const { spec } = await admitted(plugin(), pod({ containers: [taken] }))
    assert.equal(spec.volumes, undefined)
  })

  it('refuses a pod whose account is not there', async () => {
    assert.equal(
      await refusalOf(plugin(), pod({ serviceAccountName: 'none' })),
      '403 pods "x" is forbidden: error looking up service account ns/none: serviceaccount "none" not found',
    )
  })

  it('waits a moment for the default account', async () => {
    const waiting = admitted(plugin(), pod())
    await clock.advance(500)
    accounts.push(account('default'))
    await clock.advance(500)
    assert.equal((await waiting).spec.volumes.length, 1)
    accounts.length = 0
    const refused = refusalOf(plugin(), pod())
    await clock.advance(2_000)
    assert.match(await refused, /ns\/default: serviceaccount "default" not found$/)
  })

  it('only names the account where nobody makes any', async () => {
    const { spec } = await admitted(plugin(false), pod())
    assert.equal(spec.serviceAccountName, 'default')
    assert.equal(spec.volumes, undefined)
  })

  it('keeps pods to the secrets that their account lists, where that says so', async () => {
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' }
    const listing = { secrets: [{ name: 'own' }], imagePullSecrets: [{ name: 'pull' }] }
    const strict = account('strict', listing)
    accounts.push({ ...strict, metadata: { ...strict.metadata, annotations } })
    const using = (spec: object) =>
      refusalOf(plugin(), pod({ serviceAccountName: 'strict', ...spec }))
    const env = (name: string) => [{ name: 'V', valueFrom: { secretKeyRef: { name, key: 'k' } } }]
    const volumes = (secretName: string) => [{ name: 'v', secret: { secretName } }]
    const not = (what: string, kind = 'secret') =>
      `403 pods "x" is forbidden: ${what} is not allowed because service account strict does not reference that ${kind}`
    assert.equal(await using({ volumes: volumes('own'), imagePullSecrets: [{ name: 'pull' }] }), '')
    assert.equal(
      await using({ volumes: volumes('other') }),
      not('volume with secret.secretName="other"'),
    )
    assert.equal(
      await using({ containers: [{ name: 'c', env: [...env('own'), ...env('other')] }] }),
      not('container c with envVar V referencing secret.secretName="other"'),
    )
    assert.equal(
      await using({ initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'other' } }] }] }),
      not('init container i with envFrom referencing secret.secretName="other"'),
    )
    assert.equal(
      await using({ imagePullSecrets: [{ name: 'own' }] }),
      not('imagePullSecrets[0].name="own"', 'imagePullSecret'),
    )
    const debugging = {
      operation: 'UPDATE',
      subresource: 'ephemeralcontainers',
      ...pod({
        serviceAccountName: 'strict',
        volumes: volumes('listed once'),
        ephemeralContainers: [{ name: 'd', env: env('other') }],
      }),
    } as const
    assert.equal(
      await refusalOf(plugin(), debugging),
      not('ephemeral container d with envVar V referencing secret.secretName="other"'),
    )
  })

  it('lets mirrors of what nodes run have nothing from the API', async () => {
    const metadata = { name: 'x', annotations: { 'kubernetes.io/config.mirror': 'hash' } }
    const mirror = (spec: object) => ({ object: { metadata, spec: { containers: [], ...spec } } })
    assert.equal(await refusalOf(plugin(), mirror({})), '')
    assert.match(
      await refusalOf(plugin(), mirror({ serviceAccountName: 'a' })),
      /a mirror pod may not reference service accounts$/,
    )
    assert.match(
      await refusalOf(plugin(), mirror({ volumes: [{ name: 'v', secret: {} }] })),
      /a mirror pod may not reference secrets$/,
    )
    assert.match(
      await refusalOf(plugin(), mirror({ imagePullSecrets: [{ name: 's' }] })),
      /a mirror pod may not reference secrets$/,
    )
  })
})
