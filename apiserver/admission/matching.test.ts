import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { noObjects } from '../registry/testing/no-objects.ts'
import { deployments } from '../resources/apps/deployment.ts'
import { namespaces } from '../resources/core/namespace.ts'
import { nodes } from '../resources/core/node.ts'
import { pods } from '../resources/core/pod.ts'
import type { Resource } from '../resources/resource.ts'
import type { AdmissionRequest } from './admission.ts'
import { convert } from './equivalents.ts'
import { isExemptOfPolicies, isExemptOfWebhooks, type MatchRule, match } from './matching.ts'

const labelled = (labels: Record<string, string>): KubernetesObject => ({ metadata: { labels } })

const request = (change: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  resource: pods,
  kind: change.resource ?? pods,
  subresource: '',
  namespace: 'ns',
  name: 'web',
  object: labelled({ app: 'web' }),
  old: undefined,
  options: undefined,
  dryRun: false,
  user: { name: 'u', groups: [] },
  warn: () => {},
  ...change,
})

const every: MatchRule = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*'],
  operations: ['*'],
}

const lister = {
  ...noObjects,
  get: <T>(kind: string, _namespace: string, name: string) =>
    kind === 'namespaces' && name === 'ns' ? (labelled({ team: 'a' }) as T) : undefined,
}
const ports = { lister, resources: () => [pods, deployments] as Resource[] }

const by = (rule: MatchRule, asked = request()) =>
  match(asked, { rules: [{ ...every, ...rule }] }, ports).then((found) => found !== undefined)

describe('matching requests by rules', () => {
  it('takes * for every group, version and main resource, but for no subresource', async () => {
    assert.equal(await by({}), true)
    assert.equal(await by({}, request({ subresource: 'exec' })), false)
    assert.equal(await by({ apiGroups: ['apps'] }), false)
    assert.equal(await by({ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'] }), true)
    assert.equal(await by({ operations: ['UPDATE'] }), false)
    assert.equal(await by({ apiVersions: ['v2'] }), false)
  })

  it('names subresources with their resource, with * on either side', async () => {
    const exec = request({ subresource: 'exec', operation: 'CONNECT' })
    for (const resources of [['pods/exec'], ['pods/*'], ['*/exec'], ['*/*'], ['x', 'pods/exec']])
      assert.equal(await by({ resources }, exec), true, resources.join())
    for (const resources of [['pods'], ['pods/log'], ['nodes/exec'], ['exec'], []])
      assert.equal(await by({ resources }, exec), false, resources.join())
    assert.equal(await by({ resources: ['*/*'] }), true, 'the part may be absent')
  })

  it('tells scopes apart; a Namespace is at the cluster scope', async () => {
    const node = request({ resource: nodes, namespace: '' })
    const namespace = request({ resource: namespaces, namespace: '' })
    for (const asked of [node, namespace]) {
      assert.equal(await by({ scope: 'Cluster' }, asked), true)
      assert.equal(await by({ scope: 'Namespaced' }, asked), false)
      assert.equal(await by({ scope: '*' }, asked), true)
    }
    assert.equal(await by({ scope: 'Namespaced' }), true)
    assert.equal(await by({ scope: 'Cluster' }), false)
  })

  it('goes by names where there are any', async () => {
    assert.equal(await by({ resourceNames: ['web', 'db'] }), true)
    assert.equal(await by({ resourceNames: ['db'] }), false)
    assert.equal(await by({ resourceNames: [] }), true)
  })

  it('lets exclusions win; no rules are all requests, an empty list none', async () => {
    assert.ok(await match(request(), {}, ports))
    assert.equal(await match(request(), { rules: [] }, ports), undefined)
    assert.equal(await match(request(), { excludeRules: [every] }, ports), undefined)
    assert.equal(
      await match(request(), { rules: [every], excludeRules: [every] }, ports),
      undefined,
    )
    assert.ok(await match(request(), { excludeRules: [{ ...every, resources: ['nodes'] }] }, ports))
  })
})

describe('matching requests by selectors', () => {
  it('goes by the labels of the namespace', async () => {
    const selecting = async (team: string, asked = request()) =>
      (await match(asked, { namespaceSelector: { matchLabels: { team } } }, ports)) !== undefined
    assert.equal(await selecting('a'), true)
    assert.equal(await selecting('b'), false)
    assert.equal(await selecting('b', request({ resource: nodes, namespace: '' })), true)
    await assert.rejects(
      selecting('a', request({ namespace: 'gone' })),
      /namespaces "gone" not found/,
    )
    const live = async <T>(kind: string, _: string, name: string) => lister.get<T>(kind, _, name)
    const behind = { ...ports, lister: { get: () => undefined, live } }
    const criteria = { namespaceSelector: { matchLabels: { team: 'a' } } }
    assert.ok(await match(request(), criteria, behind), 'another server has just made it')
  })

  it('goes by a Namespace’s own new labels, and by the stored ones when it is deleted', async () => {
    const selecting = async (change: Partial<AdmissionRequest>) =>
      (await match(
        request({ resource: namespaces, namespace: '', name: 'ns', ...change }),
        { namespaceSelector: { matchLabels: { team: 'a' } } },
        ports,
      )) !== undefined
    assert.equal(await selecting({ object: labelled({ team: 'b' }) }), false)
    assert.equal(await selecting({ name: 'new', object: labelled({ team: 'a' }) }), true)
    assert.equal(await selecting({ operation: 'DELETE', object: undefined }), true)
  })

  it('goes by the labels of the new or of the old object', async () => {
    const selecting = async (object?: KubernetesObject, old?: KubernetesObject) =>
      (await match(
        request({ object, old }),
        { objectSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } },
        ports,
      )) !== undefined
    const [with_, without] = [labelled({ app: 'x' }), labelled({})]
    assert.equal(await selecting(with_), true)
    assert.equal(await selecting(without, with_), true)
    assert.equal(await selecting(without, without), false)
    assert.equal(await selecting(undefined, with_), true)
    assert.equal(await selecting(undefined, undefined), false)
  })
})

describe('matching equivalent versions', () => {
  const shown = (version: string): Resource => ({
    ...deployments,
    version,
    storage: {
      stored: deployments,
      read: (objects) => objects.map((object) => ({ ...object, shown: version })),
      write: (object) => ({ ...object, shown: 'stored' }),
    },
  })
  const [older, newer] = [shown('v1beta1'), shown('v2')]
  const served = { lister, resources: () => [pods, deployments, older, newer] }
  const rules: MatchRule[] = [{ ...every, apiGroups: ['apps'], apiVersions: ['v1beta1'] }]
  const asked = request({ resource: newer, kind: newer })

  it('finds the version that the rules name, unless they ask for exactly it', async () => {
    assert.equal((await match(asked, { rules }, served))?.resource, older)
    assert.equal(await match(asked, { rules, matchPolicy: 'Exact' }, served), undefined)
    assert.equal(
      (await match(request({ resource: older, kind: older }), { rules }, served))?.kind,
      older,
    )
    assert.equal(await match(request(), { rules }, served), undefined)
  })

  it('brings an object into the form of that version', async () => {
    assert.deepEqual(await convert(labelled({}), newer, older), {
      metadata: { labels: {} },
      shown: 'v1beta1',
    })
    const same = labelled({})
    assert.equal(await convert(same, newer, newer), same)
  })
})

describe('what decides about requests', () => {
  it('is not decided about by itself', async () => {
    const about = (plural: string) =>
      request({ resource: { ...pods, group: 'admissionregistration.k8s.io', plural } })
    assert.equal(isExemptOfPolicies(about('validatingadmissionpolicybindings')), true)
    assert.equal(isExemptOfPolicies(about('mutatingwebhookconfigurations')), false)
    assert.equal(isExemptOfWebhooks(about('mutatingwebhookconfigurations')), true)
    assert.equal(isExemptOfWebhooks(request()), false)
  })
})
