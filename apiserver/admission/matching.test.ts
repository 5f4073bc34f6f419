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
  match(asked, { rules: [{ ...every, ...rule }] }, ports) !== undefined

describe('matching requests by rules', () => {
  it('takes * for every group, version and main resource, but for no subresource', () => {
    assert.equal(by({}), true)
    assert.equal(by({}, request({ subresource: 'exec' })), false)
    assert.equal(by({ apiGroups: ['apps'] }), false)
    assert.equal(by({ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'] }), true)
    assert.equal(by({ operations: ['UPDATE'] }), false)
    assert.equal(by({ apiVersions: ['v2'] }), false)
  })

  it('names subresources with their resource, with * on either side', () => {
    const exec = request({ subresource: 'exec', operation: 'CONNECT' })
    for (const resources of [['pods/exec'], ['pods/*'], ['*/exec'], ['*/*'], ['x', 'pods/exec']])
      assert.equal(by({ resources }, exec), true, resources.join())
    for (const resources of [['pods'], ['pods/log'], ['nodes/exec'], ['exec'], []])
      assert.equal(by({ resources }, exec), false, resources.join())
    assert.equal(by({ resources: ['*/*'] }), true, 'the part may be absent')
  })

  it('tells scopes apart; a Namespace is at the cluster scope', () => {
    const node = request({ resource: nodes, namespace: '' })
    const namespace = request({ resource: namespaces, namespace: '' })
    for (const asked of [node, namespace]) {
      assert.equal(by({ scope: 'Cluster' }, asked), true)
      assert.equal(by({ scope: 'Namespaced' }, asked), false)
      assert.equal(by({ scope: '*' }, asked), true)
    }
    assert.equal(by({ scope: 'Namespaced' }), true)
    assert.equal(by({ scope: 'Cluster' }), false)
  })

  it('goes by names where there are any', () => {
    assert.equal(by({ resourceNames: ['web', 'db'] }), true)
    assert.equal(by({ resourceNames: ['db'] }), false)
    assert.equal(by({ resourceNames: [] }), true)
  })

  it('lets exclusions win; no rules are all requests, an empty list none', () => {
    assert.ok(match(request(), {}, ports))
    assert.equal(match(request(), { rules: [] }, ports), undefined)
    assert.equal(match(request(), { excludeRules: [every] }, ports), undefined)
    assert.equal(match(request(), { rules: [every], excludeRules: [every] }, ports), undefined)
    assert.ok(match(request(), { excludeRules: [{ ...every, resources: ['nodes'] }] }, ports))
  })
})

describe('matching requests by selectors', () => {
  it('goes by the labels of the namespace', () => {
    const selecting = (team: string, asked = request()) =>
      match(asked, { namespaceSelector: { matchLabels: { team } } }, ports) !== undefined
    assert.equal(selecting('a'), true)
    assert.equal(selecting('b'), false)
    assert.equal(selecting('b', request({ resource: nodes, namespace: '' })), true)
    assert.throws(
      () => selecting('a', request({ namespace: 'gone' })),
      /namespaces "gone" not found/,
    )
  })

  it('goes by a Namespace’s own new labels, and by the stored ones when it is deleted', () => {
    const selecting = (change: Partial<AdmissionRequest>) =>
      match(
        request({ resource: namespaces, namespace: '', name: 'ns', ...change }),
        { namespaceSelector: { matchLabels: { team: 'a' } } },
        ports,
      ) !== undefined
    assert.equal(selecting({ object: labelled({ team: 'b' }) }), false)
    assert.equal(selecting({ name: 'new', object: labelled({ team: 'a' }) }), true)
    assert.equal(selecting({ operation: 'DELETE', object: undefined }), true)
  })

  it('goes by the labels of the new or of the old object', () => {
    const selecting = (object?: KubernetesObject, old?: KubernetesObject) =>
      match(
        request({ object, old }),
        { objectSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } },
        ports,
      ) !== undefined
    const [with_, without] = [labelled({ app: 'x' }), labelled({})]
    assert.equal(selecting(with_), true)
    assert.equal(selecting(without, with_), true)
    assert.equal(selecting(without, without), false)
    assert.equal(selecting(undefined, with_), true)
    assert.equal(selecting(undefined, undefined), false)
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

  it('finds the version that the rules name, unless they ask for exactly it', () => {
    assert.equal(match(asked, { rules }, served)?.resource, older)
    assert.equal(match(asked, { rules, matchPolicy: 'Exact' }, served), undefined)
    assert.equal(match(request({ resource: older, kind: older }), { rules }, served)?.kind, older)
    assert.equal(match(request(), { rules }, served), undefined)
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
  it('is not decided about by itself', () => {
    const about = (plural: string) =>
      request({ resource: { ...pods, group: 'admissionregistration.k8s.io', plural } })
    assert.equal(isExemptOfPolicies(about('validatingadmissionpolicybindings')), true)
    assert.equal(isExemptOfPolicies(about('mutatingwebhookconfigurations')), false)
    assert.equal(isExemptOfWebhooks(about('mutatingwebhookconfigurations')), true)
    assert.equal(isExemptOfWebhooks(request()), false)
  })
})
