import assert from 'node:assert/strict'
import { definitionOfKind, findDefinition } from '../schema/schema.ts'
import { resources } from './index.ts'
import { qualifiedName } from './resource.ts'

describe('the built-in kinds', () => {
  it('have a structure in the facts', () => {
    for (const resource of resources) {
      assert.equal(definitionOfKind(resource), resource.schema, resource.kind)
      assert.ok(findDefinition(resource.schema ?? ''), resource.kind)
    }
  })

  it('have subresources of kinds in the facts', () => {
    for (const { subresources } of resources)
      for (const { kind } of subresources)
        if (kind) assert.ok(definitionOfKind(kind) ?? optionsKind(kind.kind), kind.kind)
  })
  /** Query parameters of a connection: a kind in discovery, and no object. */
  const optionsKind = (kind: string) => kind.endsWith('Options')

  it('are each there once, short names included', () => {
    const own = resources.filter(({ storage }) => storage === undefined)
    const names = own.flatMap((one) => [one.plural, ...(one.shortNames ?? [])])
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    )
  })

  const shortNames: Record<string, string> = {
    pods: 'po',
    services: 'svc',
    configmaps: 'cm',
    namespaces: 'ns',
    nodes: 'no',
    events: 'ev',
    endpoints: 'ep',
    serviceaccounts: 'sa',
    'deployments.apps': 'deploy',
    'replicasets.apps': 'rs',
    'statefulsets.apps': 'sts',
    'daemonsets.apps': 'ds',
    replicationcontrollers: 'rc',
    persistentvolumeclaims: 'pvc',
    persistentvolumes: 'pv',
    resourcequotas: 'quota',
    limitranges: 'limits',
    componentstatuses: 'cs',
    'cronjobs.batch': 'cj',
    'horizontalpodautoscalers.autoscaling': 'hpa',
    'poddisruptionbudgets.policy': 'pdb',
    'ingresses.networking.k8s.io': 'ing',
    'networkpolicies.networking.k8s.io': 'netpol',
    'ipaddresses.networking.k8s.io': 'ip',
    'storageclasses.storage.k8s.io': 'sc',
    'volumeattributesclasses.storage.k8s.io': 'vac',
    'priorityclasses.scheduling.k8s.io': 'pc',
    'certificatesigningrequests.certificates.k8s.io': 'csr',
    'events.events.k8s.io': 'ev',
    'customresourcedefinitions.apiextensions.k8s.io': 'crds',
  }
  it('answer to the short names that people type', () =>
    assert.deepEqual(
      Object.fromEntries(
        resources.flatMap((one) =>
          (one.shortNames ?? []).map((short) => [qualifiedName(one), short]),
        ),
      ),
      Object.fromEntries(
        resources
          .map(qualifiedName)
          .filter((name) => name in shortNames)
          .map((name) => [name, shortNames[name]]),
      ),
    ))

  it('that work for people are all', () =>
    assert.deepEqual(
      new Set(
        resources
          .filter(({ categories }) => categories?.includes('all'))
          .map(({ plural }) => plural),
      ),
      new Set([
        'pods',
        'services',
        'deployments',
        'replicasets',
        'statefulsets',
        'daemonsets',
        'replicationcontrollers',
        'jobs',
        'cronjobs',
        'horizontalpodautoscalers',
      ]),
    ))

  it('that extend the API are found as such', () =>
    assert.deepEqual(
      resources
        .filter(({ categories }) => categories?.includes('api-extensions'))
        .map(({ plural }) => plural)
        .sort(),
      [
        'apiservices',
        'customresourcedefinitions',
        'mutatingadmissionpolicies',
        'mutatingadmissionpolicybindings',
        'mutatingwebhookconfigurations',
        'validatingadmissionpolicies',
        'validatingadmissionpolicybindings',
        'validatingwebhookconfigurations',
      ],
    ))

  it('begin their table with the name', () => {
    for (const { columns, kind } of resources.filter(({ virtual }) => !virtual)) {
      const name = columns.filter(({ name }) => name === 'Name')
      assert.equal(name.length, 1, kind)
      if (kind !== 'Event') assert.equal(columns[0]?.format, 'name', kind)
    }
  })

  it('make rows of objects that are nearly empty', () => {
    const nearly = { metadata: {}, involvedObject: {}, spec: {}, status: {} }
    for (const { columns, fieldSelectors, kind } of resources) {
      for (const { cell, name } of columns)
        assert.doesNotThrow(() => cell(nearly, { now: 0 }), `${kind} ${name}`)
      for (const select of Object.values(fieldSelectors ?? {}))
        assert.equal(typeof select(nearly), 'string', kind)
    }
  })
})
