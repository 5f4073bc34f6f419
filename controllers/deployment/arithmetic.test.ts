import assert from 'node:assert/strict'
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../api/types.ts'
import { boundsOf, ceilingOf, floorOf } from '../../rollouts/bounds.ts'
import { familyOf, type Member } from '../../rollouts/family.ts'
import { sameTemplate, templateHash } from '../../rollouts/template.ts'
import { outlived } from './history.ts'
import { isScalingEvent, scaleProportionally } from './proportional.ts'
import { annotationsOfNewest } from './revision.ts'
import { shrinkOld, sizeOfNewest } from './rolling.ts'
import { deploymentOf, templateOf } from './stage.ts'

const rolling = (replicas: number, maxSurge: string | number, maxUnavailable: string | number) =>
  deploymentOf({
    replicas,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
  })

describe('bounds', () => {
  const cases: [
    replicas: number,
    surge: string | number,
    unavailable: string | number,
    floor: number,
    ceiling: number,
  ][] = [
    [10, '25%', '25%', 8, 13],
    [4, '25%', '25%', 3, 5],
    [1, '25%', '25%', 1, 2],
    [3, 0, 1, 2, 3],
    [3, 1, 0, 3, 4],
    [3, '0%', '10%', 2, 3],
    [3, 0, 0, 2, 3],
    [2, '100%', '100%', 0, 4],
    [2, 5, 9, 0, 7],
    [0, '25%', '25%', 0, 0],
  ]
  for (const [replicas, surge, unavailable, floor, ceiling] of cases)
    it(`${replicas} with surge ${surge} and unavailable ${unavailable}: ${floor} to ${ceiling}`, () => {
      const bounds = boundsOf(rolling(replicas, surge, unavailable))
      assert.deepEqual([floorOf(bounds), ceilingOf(bounds)], [floor, ceiling])
    })
  it('are a quarter each when nothing is said, and none for Recreate', () => {
    const bare: Deployment = { metadata: {}, spec: { replicas: 8, selector: {}, template: {} } }
    assert.deepEqual(boundsOf(bare), { desired: 8, maxSurge: 2, maxUnavailable: 2 })
    assert.deepEqual(boundsOf(deploymentOf({ replicas: 8, strategy: { type: 'Recreate' } })), {
      desired: 8,
      maxSurge: 0,
      maxUnavailable: 0,
    })
  })
})

describe('templates', () => {
  const base = (): PodTemplateSpec => ({
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '500m' } } }] },
  })
  const changed = (change: (template: PodTemplateSpec) => void) => {
    const template = base()
    change(template)
    return template
  }
  const same: [what: string, template: PodTemplateSpec][] = [
    [
      'the hash label',
      changed((t) => Object.assign(t.metadata!.labels!, { 'pod-template-hash': 'x' })),
    ],
    [
      'the order of keys',
      {
        spec: { containers: [{ resources: { limits: { cpu: '500m' } }, image: 'i', name: 'c' }] },
        metadata: { labels: { app: 'web' } },
      },
    ],
    ['empty annotations', changed((t) => Object.assign(t.metadata!, { annotations: {} }))],
    [
      'a null creation time',
      changed((t) => Object.assign(t.metadata!, { creationTimestamp: null })),
    ],
    ['an empty list', changed((t) => Object.assign(t.spec!, { tolerations: [] }))],
    [
      'the spelling of a quantity',
      changed((t) => Object.assign(t.spec!.containers[0]!.resources!.limits!, { cpu: '0.5' })),
    ],
  ]
  for (const [what, template] of same)
    it(`are the same but for ${what}`, () => {
      assert.equal(sameTemplate(base(), template), true)
      assert.equal(templateHash(base()), templateHash(template))
    })
  const different: [what: string, template: PodTemplateSpec][] = [
    ['another image', changed((t) => Object.assign(t.spec!.containers[0]!, { image: 'j' }))],
    ['another label', changed((t) => Object.assign(t.metadata!.labels!, { more: 'x' }))],
    [
      'an annotation',
      changed((t) => Object.assign(t.metadata!, { annotations: { restartedAt: 'now' } })),
    ],
    [
      'an empty emptyDir',
      changed((t) => Object.assign(t.spec!, { volumes: [{ name: 'v', emptyDir: {} }] })),
    ],
    [
      'another quantity',
      changed((t) => Object.assign(t.spec!.containers[0]!.resources!.limits!, { cpu: '501m' })),
    ],
  ]
  for (const [what, template] of different)
    it(`differ by ${what}`, () => {
      assert.equal(sameTemplate(base(), template), false)
      assert.notEqual(templateHash(base()), templateHash(template))
    })
  it('keep their name for ever, and get another when it is taken', () => {
    assert.equal(
      templateHash({ metadata: { labels: { app: 'web' } } }),
      templateHash({ metadata: { labels: { app: 'web' } } }),
    )
    const names = new Set([0, 1, 2, 3].map((count) => templateHash(base(), count)))
    assert.equal(names.size, 4)
    for (const name of names) assert.match(name, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
  })
})

describe('revisions', () => {
  const revision = 'deployment.kubernetes.io/revision'
  const history = 'deployment.kubernetes.io/revision-history'
  const deployment = deploymentOf()
  it('move on and remember what they were', () => {
    assert.deepEqual(annotationsOfNewest(deployment, { [revision]: '2', [history]: '1' }, 5), {
      [revision]: '5',
      [history]: '1,2',
    })
    assert.deepEqual(annotationsOfNewest(deployment, undefined, 1), { [revision]: '1' })
  })
  it('never go back, as numbers and not as text', () => {
    assert.deepEqual(annotationsOfNewest(deployment, { [revision]: '10' }, 9), { [revision]: '10' })
    assert.equal(annotationsOfNewest(deployment, { [revision]: '9' }, 10)[revision], '10')
  })
  it('forget the oldest when the list becomes long', () => {
    const long = Array.from({ length: 600 }, (_, at) => 1000 + at).join(',')
    const text = annotationsOfNewest(deployment, { [revision]: '1600', [history]: long }, 1601)[
      history
    ]!
    assert.ok(text.length <= 2000 && text.endsWith(',1599,1600'), text.slice(-20))
  })
})

interface Sketch {
  image: string
  size: number
  available?: number
  /** What is still there; the size unless told. */
  present?: number
  observed?: boolean
  /** `spec.replicas` of the Deployment and its ceiling when this was last sized. */
  annotated?: [desired: number, max: number]
  revision?: number
}

let made = 0
function member({
  image,
  size,
  available = size,
  present = size,
  observed = true,
  annotated,
  revision = 1,
}: Sketch): Member {
  const created = new Date(Date.UTC(2026, 0, 1) + made++ * 1000).toISOString()
  const replicaSet: ReplicaSet = {
    metadata: {
      name: `${image}-${made}`,
      generation: 2,
      creationTimestamp: created,
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        ...(annotated
          ? {
              'deployment.kubernetes.io/desired-replicas': String(annotated[0]),
              'deployment.kubernetes.io/max-replicas': String(annotated[1]),
            }
          : {}),
      },
    },
    spec: { replicas: size, selector: {}, template: templateOf(image) },
    status: {
      replicas: present,
      availableReplicas: available,
      observedGeneration: observed ? 2 : 1,
    },
  }
  const ready = { type: 'Ready', status: 'True' }
  const pods = Array.from({ length: present }, (_, at) => ({
    metadata: { name: `${made}-${at}` },
    status: { conditions: at < available ? [ready] : [] },
  }))
  return { replicaSet, pods }
}

const sizes = (scalings: { member: Member; replicas: number }[]) =>
  scalings.map(
    ({ member, replicas }) =>
      `${member.replicaSet.spec?.template?.spec?.containers[0]?.image}=${replicas}`,
  )

describe('rolling update', () => {
  const deployment = {
    ...rolling(10, 3, 2),
    spec: { ...rolling(10, 3, 2).spec!, template: templateOf('new') },
  }
  const family = (...sketches: Sketch[]) => familyOf(deployment, sketches.map(member))

  const growing: [what: string, sketches: Sketch[], size: number][] = [
    ['to the ceiling', [{ image: 'old', size: 10 }], 3],
    [
      'by what old ones have given up',
      [
        { image: 'old', size: 8 },
        { image: 'new', size: 3 },
      ],
      5,
    ],
    [
      'not at all at the ceiling',
      [
        { image: 'old', size: 8 },
        { image: 'new', size: 5 },
      ],
      5,
    ],
    [
      'not into room that is still taken',
      [
        { image: 'old', size: 8, present: 10 },
        { image: 'new', size: 3 },
      ],
      3,
    ],
    [
      'not while an old one has not acted on its size',
      [
        { image: 'old', size: 8, observed: false },
        { image: 'new', size: 3 },
      ],
      3,
    ],
    ['no further than wanted', [{ image: 'new', size: 8 }], 10],
    ['down, when it is too large', [{ image: 'new', size: 12 }], 10],
  ]
  for (const [what, sketches, size] of growing)
    it(`grows ${what}`, () => assert.equal(sizeOfNewest(deployment, family(...sketches)), size))

  const shrinking: [what: string, sketches: Sketch[], result: string[]][] = [
    [
      'to the floor',
      [
        { image: 'old', size: 10 },
        { image: 'new', size: 3, available: 0 },
      ],
      ['old=8'],
    ],
    [
      'as new ones become available',
      [
        { image: 'old', size: 8 },
        { image: 'new', size: 5, available: 2 },
      ],
      ['old=6'],
    ],
    [
      'never for new ones that are not',
      [
        { image: 'old', size: 8 },
        { image: 'new', size: 5, available: 0 },
      ],
      [],
    ],
    [
      'oldest first',
      [
        { image: 'a', size: 5 },
        { image: 'b', size: 5 },
        { image: 'new', size: 3, available: 3 },
      ],
      ['a=0'],
    ],
    [
      'unhealthy ones first, also of a newer one',
      [
        { image: 'a', size: 5 },
        { image: 'b', size: 5, available: 4 },
        { image: 'new', size: 3, available: 2 },
      ],
      ['a=2', 'b=4'],
    ],
    [
      'no healthy one below the floor for unhealthy ones',
      [
        { image: 'old', size: 8, available: 7 },
        { image: 'new', size: 5, available: 0 },
      ],
      [],
    ],
    [
      'by its size, not by pods that go anyway',
      [
        { image: 'old', size: 8, present: 10 },
        { image: 'new', size: 3, available: 1 },
      ],
      ['old=7'],
    ],
    [
      'to nothing at the end',
      [
        { image: 'old', size: 2 },
        { image: 'new', size: 10 },
      ],
      ['old=0'],
    ],
  ]
  for (const [what, sketches, result] of shrinking)
    it(`shrinks ${what}`, () =>
      assert.deepEqual(sizes(shrinkOld(deployment, family(...sketches), 0)), result))

  it('believes the pods when a status is late', () => {
    const late = member({ image: 'new', size: 5, available: 5 })
    const pods = late.pods.map((pod) => ({ ...pod, status: {} }))
    const known = familyOf(deployment, [member({ image: 'old', size: 8 }), { ...late, pods }])
    assert.deepEqual(shrinkOld(deployment, known, 0), [])
  })
})

describe('proportional scaling', () => {
  const to = (replicas: number, ...sketches: Sketch[]) => {
    const deployment = deploymentOf({ replicas, template: templateOf('new') })
    const family = familyOf(deployment, sketches.map(member))
    return {
      event: isScalingEvent(deployment, family),
      sizes: sizes(scaleProportionally(deployment, family)),
    }
  }
  const before: [number, number] = [10, 13]

  it('is called for when the wanted number differs from that of the last sizing', () => {
    assert.equal(to(10, { image: 'new', size: 10, annotated: before }).event, false)
    assert.equal(to(11, { image: 'new', size: 10, annotated: before }).event, true)
    assert.equal(to(11, { image: 'old', size: 0, annotated: before }).event, false)
  })
  it('gives everything to the only active one, or to the newest', () => {
    assert.deepEqual(to(7, { image: 'old', size: 3 }).sizes, ['old=7'])
    assert.deepEqual(to(7, { image: 'old', size: 0 }, { image: 'new', size: 0 }).sizes, ['new=7'])
  })
  it('shares out by size, the rest to the largest', () => {
    const up = to(
      20,
      { image: 'old', size: 8, annotated: before },
      { image: 'new', size: 5, annotated: before },
    )
    assert.deepEqual(up.sizes, ['old=15', 'new=10'])
    const rest = to(
      11,
      { image: 'old', size: 8, annotated: before },
      { image: 'new', size: 5, annotated: before },
    )
    assert.deepEqual(rest.sizes, ['old=9', 'new=5'])
    const down = to(
      5,
      { image: 'old', size: 8, annotated: before },
      { image: 'new', size: 5, annotated: before },
    )
    assert.deepEqual(down.sizes, ['old=4', 'new=3'])
  })
  it('prefers the newer of equals when it grows, the older when it shrinks', () => {
    const pair: Sketch[] = [
      { image: 'old', size: 5, annotated: [8, 10] },
      { image: 'new', size: 5, annotated: [8, 10] },
    ]
    assert.deepEqual(to(9, ...pair).sizes, ['new=6', 'old=6'])
    assert.deepEqual(to(7, ...pair).sizes, ['old=4', 'new=5'])
  })
  it('takes everything when nothing is wanted', () => {
    assert.deepEqual(
      to(
        0,
        { image: 'old', size: 8, annotated: before },
        { image: 'new', size: 5, annotated: before },
      ).sizes,
      ['old=0', 'new=0'],
    )
  })
  it('only empties old ones once the new one has all', () => {
    const saturated: Sketch = { image: 'new', size: 4, available: 4, annotated: [4, 5] }
    assert.deepEqual(to(4, { image: 'old', size: 2 }, saturated).sizes, ['old=0'])
  })
})

describe('history', () => {
  const old = (revision: number, change: Partial<Sketch> = {}) =>
    member({ image: `v${revision}`, size: 0, revision, ...change })
  const kept = (limit: number | undefined, ...members: Member[]) => {
    const { spec } = deploymentOf()
    const { revisionHistoryLimit: _, ...rest } = spec!
    const deployment = {
      metadata: {},
      spec: { ...rest, ...(limit === undefined ? {} : { revisionHistoryLimit: limit }) },
    }
    return outlived(deployment, members).map(({ replicaSet }) =>
      Number(replicaSet.metadata.annotations?.['deployment.kubernetes.io/revision']),
    )
  }
  it('loses the lowest revisions, by number', () => {
    assert.deepEqual(kept(1, old(10), old(9), old(11)), [9, 10])
    assert.deepEqual(kept(3, old(10), old(9), old(11)), [])
    assert.deepEqual(kept(undefined, old(10), old(9)), [])
  })
  it('keeps what has, wants or may yet get pods', () => {
    assert.deepEqual(
      kept(0, old(1, { present: 1 }), old(2, { size: 1 }), old(3, { observed: false }), old(4)),
      [4],
    )
  })
})
