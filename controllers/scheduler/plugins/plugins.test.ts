import assert from 'node:assert/strict'
import { nodeOf as node, podOf as pod, scores, verdicts } from '../lab.ts'
import { imageLocality } from './image-locality.ts'
import { interPodAffinity } from './inter-pod-affinity.ts'
import { nodeAffinity } from './node-affinity.ts'
import { nodeName } from './node-name.ts'
import { nodePorts } from './node-ports.ts'
import { nodeResourcesBalanced } from './node-resources-balanced.ts'
import { nodeResourcesFit } from './node-resources-fit.ts'
import { nodeUnschedulable } from './node-unschedulable.ts'
import { podTopologySpread } from './pod-topology-spread.ts'
import { isGated } from './scheduling-gates.ts'
import { taintToleration } from './taint-toleration.ts'

const fine: string[] = []

describe('NodeUnschedulable', () => {
  const nodes = [node('open'), node('cordoned', { unschedulable: true })]
  it('refuses cordoned nodes', () => {
    assert.deepEqual(verdicts(nodeUnschedulable, pod('p'), { nodes }), {
      open: fine,
      cordoned: ['node(s) were unschedulable'],
    })
  })
  it('lets pods in that tolerate it, as pods of DaemonSets do', () => {
    const key = 'node.kubernetes.io/unschedulable'
    const tolerant = pod('p', { tolerations: [{ key, operator: 'Exists', effect: 'NoSchedule' }] })
    assert.deepEqual(verdicts(nodeUnschedulable, tolerant, { nodes }).cordoned, fine)
    const other = pod('p', { tolerations: [{ key, operator: 'Exists', effect: 'NoExecute' }] })
    assert.notDeepEqual(verdicts(nodeUnschedulable, other, { nodes }).cordoned, fine)
  })
})

describe('NodeName', () => {
  it('takes the named node only', () => {
    const nodes = [node('a'), node('b')]
    assert.deepEqual(verdicts(nodeName, pod('p', { nodeName: 'a' }), { nodes }), {
      a: fine,
      b: ["node(s) didn't match the requested node name"],
    })
  })
})

describe('TaintToleration', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' }
  const cases: [what: string, toleration: object | undefined, tolerated: boolean][] = [
    ['nothing', undefined, false],
    ['the same key, value and effect', { key: 'k', value: 'v', effect: 'NoSchedule' }, true],
    ['any effect', { key: 'k', value: 'v' }, true],
    ['any value', { key: 'k', operator: 'Exists' }, true],
    ['everything', { operator: 'Exists' }, true],
    ['another value', { key: 'k', value: 'w' }, false],
    ['another key', { key: 'j', operator: 'Exists' }, false],
    ['another effect', { key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
  ]
  for (const [what, toleration, tolerated] of cases)
    it(`${tolerated ? 'admits' : 'refuses'} a pod that tolerates ${what}`, () => {
      const tolerations = toleration ? [toleration] : []
      const nodes = [node('n', { taints: [taint] })]
      assert.deepEqual(
        verdicts(taintToleration, pod('p', { tolerations }), { nodes }).n,
        tolerated ? fine : ['node(s) had untolerated taint {k: v}'],
      )
    })
  it('names the first taint that is not tolerated', () => {
    const taints = [taint, { key: 'second', effect: 'NoExecute' }]
    const tolerations = [{ key: 'k', operator: 'Exists' }]
    assert.deepEqual(
      verdicts(taintToleration, pod('p', { tolerations }), { nodes: [node('n', { taints })] }).n,
      ['node(s) had untolerated taint {second: }'],
    )
  })
  it('takes soft taints as a preference only', () => {
    const soft = [{ key: 'k', value: 'v', effect: 'PreferNoSchedule' }]
    const nodes = [node('soft', { taints: soft }), node('free')]
    assert.deepEqual(verdicts(taintToleration, pod('p'), { nodes }).soft, fine)
    assert.deepEqual(scores(taintToleration, pod('p'), { nodes }), { soft: 0, free: 100 })
    assert.equal(scores(taintToleration, pod('p'), { nodes: [node('free')] }), undefined)
  })
})

describe('NodeAffinity', () => {
  const nodes = [
    node('ssd', { labels: { disk: 'ssd', cores: '8' } }),
    node('hdd', { labels: { disk: 'hdd', cores: '16' } }),
    node('none'),
  ]
  const fitting = (sketch: object) =>
    Object.entries(verdicts(nodeAffinity, pod('p', sketch), { nodes }))
      .filter(([, reasons]) => reasons.length === 0)
      .map(([name]) => name)
  const required = (...nodeSelectorTerms: object[]) => ({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  })
  const expression = (key: string, operator: string, ...values: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  })
  const cases: [what: string, sketch: object, names: string[]][] = [
    ['nothing', {}, ['ssd', 'hdd', 'none']],
    ['a node selector', { nodeSelector: { disk: 'ssd' } }, ['ssd']],
    ['In', required(expression('disk', 'In', 'ssd', 'nvme')), ['ssd']],
    ['NotIn, absent labels too', required(expression('disk', 'NotIn', 'ssd')), ['hdd', 'none']],
    ['Exists', required(expression('disk', 'Exists')), ['ssd', 'hdd']],
    ['DoesNotExist', required(expression('disk', 'DoesNotExist')), ['none']],
    ['Gt as numbers, not as text', required(expression('cores', 'Gt', '9')), ['hdd']],
    ['Lt', required(expression('cores', 'Lt', '9')), ['ssd']],
    [
      'one of two terms',
      required(expression('disk', 'In', 'ssd'), expression('disk', 'In', 'hdd')),
      ['ssd', 'hdd'],
    ],
    [
      'all of one term',
      required({
        matchExpressions: [
          { key: 'disk', operator: 'Exists' },
          { key: 'cores', operator: 'In', values: ['16'] },
        ],
      }),
      ['hdd'],
    ],
    [
      'both selector and affinity',
      { nodeSelector: { disk: 'hdd' }, ...required(expression('disk', 'In', 'ssd')) },
      [],
    ],
    ['a term that says nothing: no node', required({}), []],
    [
      'the name',
      required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['none'] }] }),
      ['none'],
    ],
  ]
  for (const [what, sketch, names] of cases)
    it(`understands ${what}`, () => assert.deepEqual(fitting(sketch), names))

  it('says so when it refuses', () => {
    assert.deepEqual(
      verdicts(nodeAffinity, pod('p', { nodeSelector: { no: 'x' } }), { nodes }).ssd,
      ["node(s) didn't match Pod's node affinity/selector"],
    )
  })
  it('adds up the weights of preferred terms', () => {
    const preferred = [
      { weight: 10, preference: expression('disk', 'Exists') },
      { weight: 30, preference: expression('disk', 'In', 'ssd') },
    ]
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred },
    }
    assert.deepEqual(scores(nodeAffinity, pod('p', { affinity }), { nodes }), {
      ssd: 100,
      hdd: 25,
      none: 0,
    })
  })
})

describe('NodePorts', () => {
  const taken = ["node(s) didn't have free ports for the requested pod ports"]
  const cases: [what: string, there: object, wants: object, free: boolean][] = [
    ['the same port', { hostPort: 80 }, { hostPort: 80 }, false],
    ['another port', { hostPort: 80 }, { hostPort: 81 }, true],
    [
      'the same port of another address',
      { hostPort: 80, hostIP: '10.0.0.1' },
      { hostPort: 80, hostIP: '10.0.0.2' },
      true,
    ],
    [
      'the same port of one address and of all',
      { hostPort: 80, hostIP: '10.0.0.1' },
      { hostPort: 80 },
      false,
    ],
    [
      'the same port of all and of one address',
      { hostPort: 80 },
      { hostPort: 80, hostIP: '10.0.0.1' },
      false,
    ],
    ['no port', { hostPort: 80 }, {}, true],
  ]
  for (const [what, there, wants, free] of cases)
    it(`${free ? 'admits' : 'refuses'} ${what}`, () => {
      const world = {
        nodes: [node('n')],
        placed: [[pod('there', there), 'n'] as [ReturnType<typeof pod>, string]],
      }
      assert.deepEqual(verdicts(nodePorts, pod('p', wants), world).n, free ? fine : taken)
    })
})

describe('NodeResourcesFit', () => {
  const world = (allocatable: Record<string, string>, requests: Record<string, string> = {}) => ({
    nodes: [node('n', { allocatable })],
    placed: [[pod('there', { requests }), 'n'] as [ReturnType<typeof pod>, string]],
  })
  const reasons = (
    sketch: object,
    allocatable: Record<string, string>,
    used: Record<string, string> = {},
  ) => verdicts(nodeResourcesFit, pod('p', sketch), world(allocatable, used)).n

  it('lets a pod have exactly what is left, and not a bit more', () => {
    const used = { cpu: '1500m', memory: '1Gi' }
    const all = { cpu: '2', memory: '2Gi' }
    assert.deepEqual(reasons({ requests: { cpu: '500m', memory: '1Gi' } }, all, used), fine)
    assert.deepEqual(reasons({ requests: { cpu: '501m', memory: '1Gi' } }, all, used), [
      'Insufficient cpu',
    ])
    assert.deepEqual(reasons({ requests: { cpu: '501m', memory: '1025Mi' } }, all, used), [
      'Insufficient cpu',
      'Insufficient memory',
    ])
  })
  it('counts pods, storage and extended resources', () => {
    assert.deepEqual(reasons({}, { pods: '1' }), ['Too many pods'])
    assert.deepEqual(reasons({}, { pods: '2' }), fine)
    assert.deepEqual(reasons({ requests: { 'ephemeral-storage': '11Gi' } }, {}), [
      'Insufficient ephemeral-storage',
    ])
    assert.deepEqual(reasons({ requests: { 'x.io/gpu': '1' } }, {}), ['Insufficient x.io/gpu'])
    assert.deepEqual(reasons({ requests: { 'x.io/gpu': '2' } }, { 'x.io/gpu': '2' }), fine)
    assert.deepEqual(
      reasons({ requests: { 'x.io/gpu': '2' } }, { 'x.io/gpu': '2' }, { 'x.io/gpu': '1' }),
      ['Insufficient x.io/gpu'],
    )
  })
  it('admits a pod that asks for nothing to a node that is overcommitted', () => {
    assert.deepEqual(reasons({}, { cpu: '1' }, { cpu: '2' }), fine)
  })
  it('takes an init container for its moment, sidecars for good, and adds overhead', () => {
    const cpu = (name: string, amount: string, restartPolicy?: string) => ({
      name,
      ...(restartPolicy ? { restartPolicy } : {}),
      resources: { requests: { cpu: amount } },
    })
    const requests = { cpu: '1' }
    const fits = (allocatable: string, sketch: object) =>
      reasons({ requests, ...sketch }, { cpu: allocatable })?.length === 0
    const init = { initContainers: [cpu('i', '3')] }
    assert.deepEqual([fits('3', init), fits('2999m', init)], [true, false])
    const sidecar = { initContainers: [cpu('s', '1', 'Always')] }
    assert.deepEqual([fits('2', sidecar), fits('1999m', sidecar)], [true, false])
    const both = { initContainers: [cpu('s', '1', 'Always'), cpu('i', '3')] }
    assert.deepEqual([fits('4', both), fits('3999m', both)], [true, false])
    const before = { initContainers: [cpu('i', '3'), cpu('s', '1', 'Always')] }
    assert.deepEqual([fits('3', before), fits('2999m', before)], [true, false])
    const overhead = { overhead: { cpu: '250m' } }
    assert.deepEqual([fits('1250m', overhead), fits('1249m', overhead)], [true, false])
  })
  it('prefers the node with more left', () => {
    const nodes = [node('full'), node('free')]
    const placed: [ReturnType<typeof pod>, string][] = [
      [pod('x', { requests: { cpu: '2', memory: '4Gi' } }), 'full'],
    ]
    const found = scores(nodeResourcesFit, pod('p', { requests: { cpu: '1', memory: '2Gi' } }), {
      nodes,
      placed,
    })
    // (25 + 25) / 2 and (75 + 75) / 2.
    assert.deepEqual(found, { full: 25, free: 75 })
  })
  it('compares pods that ask for nothing as if they asked for a little', () => {
    const nodes = [node('busy'), node('free')]
    const placed: [ReturnType<typeof pod>, string][] = [1, 2, 3, 4].map((at) => [
      pod(`x${at}`),
      'busy',
    ])
    const found = scores(nodeResourcesFit, pod('p'), { nodes, placed })!
    assert.ok(found.free! > found.busy!, JSON.stringify(found))
  })
})

describe('NodeResourcesBalancedAllocation', () => {
  it('prefers to use CPU and memory up evenly', () => {
    const nodes = [node('even'), node('lopsided')]
    const placed: [ReturnType<typeof pod>, string][] = [
      [pod('x', { requests: { cpu: '1', memory: '2Gi' } }), 'even'],
      [pod('y', { requests: { cpu: '2' } }), 'lopsided'],
    ]
    const asks = pod('p', { requests: { cpu: '1', memory: '2Gi' } })
    // (0.5, 0.5) and (0.75, 0.25).
    assert.deepEqual(scores(nodeResourcesBalanced, asks, { nodes, placed }), {
      even: 100,
      lopsided: 75,
    })
    assert.equal(scores(nodeResourcesBalanced, pod('p'), { nodes, placed }), undefined)
  })
})

describe('ImageLocality', () => {
  const mebibyte = 1024 * 1024
  it('prefers nodes that have a large image, weighed by how many have it', () => {
    const nodes = [node('has', { images: [['big:1', 1046 * mebibyte]] }), node('has-not')]
    // Half of the nodes have it: 523 MiB count, of the range from 23 to 1000.
    assert.deepEqual(scores(imageLocality, pod('p', { image: 'big:1' }), { nodes }), {
      has: 51,
      'has-not': 0,
    })
  })
  it('takes an image without a tag for latest, and a registry port for no tag', () => {
    const nodes = [node('n', { images: [['r:5000/app:latest', 2000 * mebibyte]] })]
    assert.deepEqual(scores(imageLocality, pod('p', { image: 'r:5000/app' }), { nodes }), {
      n: 100,
    })
    assert.equal(scores(imageLocality, pod('p', { image: 'r:5000/app:2' }), { nodes }), undefined)
  })
})

describe('PodTopologySpread', () => {
  const zones = [
    node('a1', { labels: { zone: 'a' } }),
    node('a2', { labels: { zone: 'a' } }),
    node('b1', { labels: { zone: 'b' } }),
    node('nowhere'),
  ]
  const web = { labels: { app: 'web' } }
  const spread = (change: object = {}) => ({
    ...web,
    topologySpreadConstraints: [
      {
        topologyKey: 'zone',
        maxSkew: 1,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
        ...change,
      },
    ],
  })
  const on = (...names: string[]): [ReturnType<typeof pod>, string][] =>
    names.map((name, at) => [pod(`there${at}`, web), name])
  const uneven = ["node(s) didn't match pod topology spread constraints"]
  const unlabelled = [
    "node(s) didn't match pod topology spread constraints (missing required label)",
  ]

  it('keeps the difference between zones within maxSkew', () => {
    const found = verdicts(podTopologySpread, pod('p', spread()), {
      nodes: zones,
      placed: on('a1'),
    })
    assert.deepEqual(found, { a1: uneven, a2: uneven, b1: fine, nowhere: unlabelled })
    const even = verdicts(podTopologySpread, pod('p', spread()), {
      nodes: zones,
      placed: on('a1', 'b1'),
    })
    assert.deepEqual(even, { a1: fine, a2: fine, b1: fine, nowhere: unlabelled })
    const wider = verdicts(podTopologySpread, pod('p', spread({ maxSkew: 2 })), {
      nodes: zones,
      placed: on('a1'),
    })
    assert.deepEqual(wider.a1, fine)
  })
  it('counts neither other pods, other namespaces, nor pods that are going', () => {
    const placed: [ReturnType<typeof pod>, string][] = [
      [pod('other', { labels: { app: 'other' } }), 'a1'],
      [pod('foreign', { ...web, namespace: 'foreign' }), 'a1'],
      [pod('going', { ...web, deleting: true }), 'a1'],
    ]
    assert.deepEqual(
      verdicts(podTopologySpread, pod('p', spread()), { nodes: zones, placed }).a1,
      fine,
    )
  })
  it('takes no zone as empty that the pod may not enter', () => {
    const affine = { ...spread(), nodeSelector: { zone: 'a' } }
    const placed = on('a1')
    assert.deepEqual(
      verdicts(podTopologySpread, pod('p', affine), { nodes: zones, placed }).a1,
      fine,
    )
    const ignoring = { ...spread({ nodeAffinityPolicy: 'Ignore' }), nodeSelector: { zone: 'a' } }
    assert.deepEqual(
      verdicts(podTopologySpread, pod('p', ignoring), { nodes: zones, placed }).a1,
      uneven,
    )
  })
  it('leaves tainted nodes out only when told to', () => {
    const taints = [{ key: 'k', effect: 'NoSchedule' }]
    const nodes = [zones[0]!, node('b1', { labels: { zone: 'b' }, taints })]
    const placed = on('a1')
    assert.deepEqual(verdicts(podTopologySpread, pod('p', spread()), { nodes, placed }).a1, uneven)
    const honor = pod('p', spread({ nodeTaintsPolicy: 'Honor' }))
    assert.deepEqual(verdicts(podTopologySpread, honor, { nodes, placed }).a1, fine)
  })
  it('takes the emptiest domain for empty while there are fewer than minDomains', () => {
    const placed = on('a1', 'b1')
    const least = pod('p', spread({ minDomains: 3 }))
    assert.deepEqual(verdicts(podTopologySpread, least, { nodes: zones, placed }).b1, uneven)
  })
  it('tells revisions apart with matchLabelKeys', () => {
    const placed: [ReturnType<typeof pod>, string][] = [
      [pod('old', { labels: { app: 'web', hash: '1' } }), 'a1'],
    ]
    const sketch = { ...spread({ matchLabelKeys: ['hash'] }), labels: { app: 'web', hash: '2' } }
    assert.deepEqual(
      verdicts(podTopologySpread, pod('p', sketch), { nodes: zones, placed }).a1,
      fine,
    )
  })
  it('prefers emptier zones where it may not insist', () => {
    const soft = pod('p', spread({ whenUnsatisfiable: 'ScheduleAnyway' }))
    const world = { nodes: zones, placed: on('a1', 'a2', 'b1') }
    assert.deepEqual(verdicts(podTopologySpread, soft, world).a1, fine)
    const found = scores(podTopologySpread, soft, world)!
    assert.ok(
      found.b1! > found.a1! && found.a1 === found.a2 && found.nowhere === 0,
      JSON.stringify(found),
    )
  })
  it('spreads the pods of one controller over nodes by default', () => {
    const nodes = [node('x'), node('y')]
    const placed: [ReturnType<typeof pod>, string][] = [[pod('one', { owner: 'rs' }), 'x']]
    const found = scores(podTopologySpread, pod('p', { owner: 'rs' }), { nodes, placed })!
    assert.ok(found.y! > found.x!, JSON.stringify(found))
    const stranger = scores(podTopologySpread, pod('p', { owner: 'another' }), { nodes, placed })!
    assert.equal(stranger.x, stranger.y)
    assert.equal(scores(podTopologySpread, pod('p'), { nodes, placed }), undefined)
  })
})

describe('InterPodAffinity', () => {
  const nodes = [
    node('a1', { labels: { zone: 'a' } }),
    node('a2', { labels: { zone: 'a' } }),
    node('b1', { labels: { zone: 'b' } }),
    node('nowhere'),
  ]
  const term = (app: string, change: object = {}) => ({
    topologyKey: 'zone',
    labelSelector: { matchLabels: { app } },
    ...change,
  })
  const required = (kind: 'podAffinity' | 'podAntiAffinity', ...terms: object[]) => ({
    affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  })
  const preferred = (
    kind: 'podAffinity' | 'podAntiAffinity',
    weight: number,
    podAffinityTerm: object,
  ) => ({
    affinity: {
      [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }] },
    },
  })
  const db = { labels: { app: 'db' } }
  const placed: [ReturnType<typeof pod>, string][] = [[pod('db', db), 'a1']]
  const affinity = ["node(s) didn't match pod affinity rules"]
  const anti = ["node(s) didn't match pod anti-affinity rules"]
  const existing = ["node(s) didn't satisfy existing pods anti-affinity rules"]

  it('places a pod in the zone of those it wants to be near', () => {
    const found = verdicts(interPodAffinity, pod('p', required('podAffinity', term('db'))), {
      nodes,
      placed,
    })
    assert.deepEqual(found, { a1: fine, a2: fine, b1: affinity, nowhere: affinity })
  })
  it('refuses all nodes when nobody is there to be near, unless it means itself', () => {
    const lonely = pod('p', required('podAffinity', term('cache')))
    assert.deepEqual(verdicts(interPodAffinity, lonely, { nodes, placed }).a1, affinity)
    const first = pod('p', { labels: { app: 'cache' }, ...required('podAffinity', term('cache')) })
    assert.deepEqual(verdicts(interPodAffinity, first, { nodes, placed }), {
      a1: fine,
      a2: fine,
      b1: fine,
      nowhere: affinity,
    })
  })
  it('wants all terms in one pod', () => {
    const both = pod('p', required('podAffinity', term('db'), term('cache')))
    const apart: typeof placed = [...placed, [pod('cache', { labels: { app: 'cache' } }), 'a1']]
    assert.deepEqual(verdicts(interPodAffinity, both, { nodes, placed: apart }).a1, affinity)
  })
  it('keeps a pod away from those it does not want to be near', () => {
    const found = verdicts(interPodAffinity, pod('p', required('podAntiAffinity', term('db'))), {
      nodes,
      placed,
    })
    assert.deepEqual(found, { a1: anti, a2: anti, b1: fine, nowhere: fine })
  })
  it('keeps a pod away from those that do not want it near', () => {
    const shy = pod('shy', required('podAntiAffinity', term('web')))
    const world = { nodes, placed: [[shy, 'a1']] as typeof placed }
    const found = verdicts(interPodAffinity, pod('p', { labels: { app: 'web' } }), world)
    assert.deepEqual(found, { a1: existing, a2: existing, b1: fine, nowhere: fine })
    assert.deepEqual(verdicts(interPodAffinity, pod('p', db), world).a1, fine)
  })
  it('looks into the own namespace, the named, or those that a selector finds', () => {
    const world = { nodes, placed, namespaces: { default: { team: 'x' }, other: { team: 'y' } } }
    const from = (change: object) =>
      verdicts(
        interPodAffinity,
        pod('p', { namespace: 'other', ...required('podAffinity', term('db', change)) }),
        world,
      ).a1
    assert.deepEqual(from({}), affinity)
    assert.deepEqual(from({ namespaces: ['default'] }), fine)
    assert.deepEqual(from({ namespaceSelector: {} }), fine)
    assert.deepEqual(from({ namespaceSelector: { matchLabels: { team: 'x' } } }), fine)
    assert.deepEqual(from({ namespaceSelector: { matchLabels: { team: 'z' } } }), affinity)
  })
  it('tells revisions apart with matchLabelKeys and mismatchLabelKeys', () => {
    const versioned: typeof placed = [[pod('db', { labels: { app: 'db', v: '1' } }), 'a1']]
    const asks = (change: object, v: string) =>
      verdicts(
        interPodAffinity,
        pod('p', { labels: { v }, ...required('podAffinity', term('db', change)) }),
        { nodes, placed: versioned },
      ).a1
    assert.deepEqual(asks({ matchLabelKeys: ['v'] }, '1'), fine)
    assert.deepEqual(asks({ matchLabelKeys: ['v'] }, '2'), affinity)
    assert.deepEqual(asks({ mismatchLabelKeys: ['v'] }, '1'), affinity)
    assert.deepEqual(asks({ mismatchLabelKeys: ['v'] }, '2'), fine)
  })
  it('draws and repels by preferred terms, its own and those of others', () => {
    const world = { nodes, placed }
    assert.deepEqual(
      scores(interPodAffinity, pod('p', preferred('podAffinity', 50, term('db'))), world),
      {
        a1: 100,
        a2: 100,
        b1: 0,
        nowhere: 0,
      },
    )
    assert.deepEqual(
      scores(interPodAffinity, pod('p', preferred('podAntiAffinity', 50, term('db'))), world),
      {
        a1: 0,
        a2: 0,
        b1: 100,
        nowhere: 100,
      },
    )
    const drawing = pod('drawing', preferred('podAffinity', 10, term('web')))
    const drawn = scores(interPodAffinity, pod('p', { labels: { app: 'web' } }), {
      nodes,
      placed: [[drawing, 'b1']],
    })
    assert.deepEqual(drawn, { a1: 0, a2: 0, b1: 100, nowhere: 0 })
    assert.equal(scores(interPodAffinity, pod('p'), world), undefined)
  })
})

describe('SchedulingGates', () => {
  it('holds pods with a gate', () => {
    assert.equal(isGated(pod('p', { schedulingGates: [{ name: 'x' }] })), true)
    assert.equal(isGated(pod('p', { schedulingGates: [] })), false)
  })
})
