import assert from 'node:assert/strict'
import type { Pod } from '../../../../api/types.ts'
import { container, created, pod, told } from '../../examples.ts'
import type { SubresourcePart } from '../../resource.ts'
import { pods } from '../pod.ts'
import { ephemeralContainersPart } from './ephemeral-containers-part.ts'
import { resizePart } from './resize-part.ts'

const running = (spoil: (pod: Pod) => void = () => {}): Pod => {
  const made = pod((one) => {
    one.metadata.labels = { app: 'web' }
    one.spec!.containers = [
      container({ resources: { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } } }),
    ]
    spoil(one)
  })
  assert.deepEqual(created(pods, made), [])
  return made
}

/** What is wrong with a write to a part, and what became of it. */
function written(part: SubresourcePart<Pod>, old: Pod, change: (pod: Pod) => void) {
  const object = structuredClone(old)
  change(object)
  pods.strategy.default?.(object as never)
  part.prepareForUpdate(object, old, {} as never)
  return { object, errors: told(part.validateUpdate?.(object, old) ?? []) }
}

const debug = (name: string) => ({ name, image: 'busybox:1' })

describe('ephemeral containers', () => {
  const add = (old: Pod, ...names: string[]) =>
    written(ephemeralContainersPart, old, ({ spec }) => {
      spec!.ephemeralContainers = names.map(debug)
    })

  it('are added, and nothing else changes', () => {
    const { object, errors } = written(ephemeralContainersPart, running(), (one) => {
      one.spec!.ephemeralContainers = [debug('debug')]
      one.spec!.nodeName = 'other'
      one.metadata.labels = {}
    })
    assert.deepEqual(errors, [])
    assert.equal(object.spec?.ephemeralContainers?.[0]?.terminationMessagePolicy, 'File')
    assert.equal(object.spec?.nodeName, undefined)
    assert.deepEqual(object.metadata.labels, { app: 'web' })
  })

  it('are neither removed nor changed', () => {
    const { object } = add(running(), 'a', 'b')
    assert.deepEqual(add(object, 'b', 'c').errors, [
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "a" may not be removed\n',
    ])
    const changed = written(ephemeralContainersPart, object, ({ spec }) => {
      spec!.ephemeralContainers![0]!.image = 'other'
    })
    assert.deepEqual(changed.errors, [
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "a" may not be changed\nchanged: spec.ephemeralContainers.image\n',
    ])
  })
})

describe('resizes of pods', () => {
  const resize = (change: (pod: Pod) => void, old = running()) => written(resizePart, old, change)
  const requests = (amounts: Record<string, string>) => (one: Pod) => {
    one.spec!.containers[0]!.resources!.requests = amounts
  }

  it('change amounts, and nothing else', () => {
    const { object, errors } = resize((one) => {
      requests({ cpu: '500m', memory: '1Gi' })(one)
      one.spec!.containers[0]!.image = 'other'
      one.metadata.labels = {}
    })
    assert.deepEqual(errors, [])
    assert.equal(object.spec?.containers[0]?.resources?.requests?.cpu, '500m')
    assert.equal(object.spec?.containers[0]?.image, 'nginx:1.29')
    assert.deepEqual(object.metadata.labels, { app: 'web' })
  })

  const rules: [about: string, change: (pod: Pod) => void, errors: string[]][] = [
    [
      'keep the quality of service',
      requests({ cpu: '2', memory: '1Gi' }),
      ['spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing'],
    ],
    [
      'keep limits',
      (one) => {
        delete one.spec!.containers[0]!.resources!.limits!.memory
      },
      ['spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed'],
    ],
    [
      'are of CPU and memory',
      requests({ cpu: '1', memory: '1Gi', 'ephemeral-storage': '1' }),
      ['spec: Forbidden: only cpu and memory resources are mutable'],
    ],
    [
      'keep containers',
      (one) => {
        one.spec!.containers[0]!.name = 'other'
      },
      ['spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize'],
    ],
  ]
  for (const [about, change, errors] of rules)
    it(about, () => assert.deepEqual(resize(change).errors, errors))

  it('are of nodes that can do it', () => {
    const old = running()
    old.status = {
      qosClass: 'Burstable',
      containerStatuses: [
        {
          name: 'web',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: {} },
        },
      ],
    }
    assert.deepEqual(resize(requests({ cpu: '1', memory: '1Gi' }), old).errors, [
      'spec: Forbidden: Pod running on node without support for resize',
    ])
  })
})
