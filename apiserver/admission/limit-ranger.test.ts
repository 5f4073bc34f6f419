import assert from 'node:assert/strict'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { persistentVolumeClaims } from '../resources/core/persistent-volume-claim.ts'
import { limitRanger } from './limit-ranger.ts'
import { admitted, refusalOf } from './testing/plugin-lab.ts'

const ranger = (...limits: object[]) =>
  limitRanger(
    givenObjects({ limitranges: [{ metadata: { name: 'r', namespace: 'ns' }, spec: { limits } }] }),
  )

const pod = (...resources: object[]) => ({
  spec: { containers: resources.map((one, at) => ({ name: `c${at}`, resources: one })) },
})

describe('LimitRanger', () => {
  it('gives containers what they do not ask for, and says so', async () => {
    const plugin = ranger({
      type: 'Container',
      default: { cpu: '500m', memory: '1Gi' },
      defaultRequest: { cpu: '100m' },
    })
    const { spec, metadata } = await admitted(plugin, {
      object: pod({}, { limits: { memory: '2Gi' } }),
    })
    assert.deepEqual(
      spec.containers.map(({ resources }: { resources: object }) => resources),
      [
        { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '1Gi' } },
        { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '2Gi' } },
      ],
    )
    assert.equal(
      metadata.annotations['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu request for container c0; cpu, memory limit for container c0; cpu request for container c1; cpu limit for container c1',
    )
  })

  const refusals: [string, object, object, string][] = [
    [
      'too little',
      { type: 'Container', min: { cpu: '100m' } },
      pod({ requests: { cpu: '50m' } }),
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'nothing where something is the least',
      { type: 'Container', min: { cpu: '100m' } },
      pod({}),
      'minimum cpu usage per Container is 100m.  No request is specified',
    ],
    [
      'too much',
      { type: 'Container', max: { memory: '1Gi' } },
      pod({ limits: { memory: '2Gi' } }),
      'maximum memory usage per Container is 1Gi, but limit is 2Gi',
    ],
    [
      'too much by all containers together',
      { type: 'Pod', max: { cpu: '1' } },
      pod({ limits: { cpu: '600m' } }, { limits: { cpu: '600m' } }),
      'maximum cpu usage per Pod is 1, but limit is 1200m',
    ],
    [
      'a limit too far from the request',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      pod({ requests: { cpu: '1' }, limits: { cpu: '3' } }),
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
    ],
    [
      'several things at once',
      { type: 'Container', min: { cpu: '1' }, max: { memory: '1Gi' } },
      pod({ requests: { cpu: '500m' } }),
      '[minimum cpu usage per Container is 1, but request is 500m, maximum memory usage per Container is 1Gi.  No limit is specified]',
    ],
  ]
  for (const [what, limit, object, text] of refusals)
    it(`refuses ${what}`, async () => {
      assert.equal(await refusalOf(ranger(limit), { object }), `403 pods "x" is forbidden: ${text}`)
    })

  it('refuses claims by their requests alone', async () => {
    const plugin = ranger({
      type: 'PersistentVolumeClaim',
      min: { storage: '1Gi' },
      max: { storage: '4Gi' },
    })
    const claim = (storage: string) => ({
      resource: persistentVolumeClaims,
      object: { spec: { resources: { requests: { storage } } } },
    })
    assert.equal(await refusalOf(plugin, claim('2Gi')), '')
    assert.match(
      await refusalOf(plugin, claim('500Mi')),
      /minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi$/,
    )
    assert.match(await refusalOf(plugin, claim('5Gi')), /is 4Gi, but request is 5Gi$/)
  })

  it('leaves pods alone that are there', async () => {
    const plugin = ranger({ type: 'Container', max: { cpu: '1' } })
    const object = pod({ limits: { cpu: '2' } })
    assert.equal(await refusalOf(plugin, { operation: 'UPDATE', object, old: object }), '')
    const resize = { operation: 'UPDATE', subresource: 'resize', object, old: object } as const
    assert.match(await refusalOf(plugin, resize), /but limit is 2$/)
  })
})
