import assert from 'node:assert/strict'
import type { Pod } from '../../../../api/types.ts'
import { container, created, pod, told, updated } from '../../examples.ts'
import { pods } from '../pod.ts'

type Change = (spec: NonNullable<Pod['spec']>) => void

/** A stored pod, and what comes of changing it. */
function changing(change: Change, first: Change = () => {}): string[] {
  const old = pod(({ spec }) => {
    if (!spec) return
    spec.nodeSelector = { zone: 'a' }
    spec.tolerations = [{ key: 'a', operator: 'Exists' }]
    spec.activeDeadlineSeconds = 100
    first(spec)
  })
  assert.deepEqual(created(pods, old), [])
  const now = structuredClone(old)
  if (now.spec) change(now.spec)
  return updated(pods, now, old)
}

const others =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\nchanged: '
const first = ({ containers }: NonNullable<Pod['spec']>) => containers[0] ?? container()

describe('pod updates', () => {
  const allowed: [string, Change, Change?][] = [
    ['nothing', () => {}],
    ['an image', (spec) => void Object.assign(first(spec), { image: 'nginx:2' })],
    ['a shorter deadline', (spec) => void Object.assign(spec, { activeDeadlineSeconds: 99 })],
    ['another toleration', (spec) => void spec.tolerations?.push({ key: 'b', value: 'c' })],
    [
      'how long it tolerates',
      (spec) => void Object.assign(spec.tolerations?.[0] ?? {}, { tolerationSeconds: 9 }),
      (spec) => {
        spec.tolerations = [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }]
      },
    ],
    [
      'a grace that was less than none',
      (spec) => void Object.assign(spec, { terminationGracePeriodSeconds: 1 }),
      (spec) => void Object.assign(spec, { terminationGracePeriodSeconds: -5 }),
    ],
    [
      'a gate that opens',
      (spec) => void spec.schedulingGates?.pop(),
      (spec) => void Object.assign(spec, { schedulingGates: [{ name: 'a' }, { name: 'b' }] }),
    ],
    [
      'where to go, more exactly, while it is gated',
      (spec) => void Object.assign(spec, { nodeSelector: { zone: 'a', disk: 'ssd' } }),
      (spec) => void Object.assign(spec, { schedulingGates: [{ name: 'a' }] }),
    ],
  ]
  for (const [about, change, before] of allowed)
    it(`may change ${about}`, () => assert.deepEqual(changing(change, before), []))

  const refused: [string, Change, string[], Change?][] = [
    [
      'the command',
      (spec) => void Object.assign(first(spec), { command: ['sh'] }),
      [`${others}spec.containers[0].command\n`],
    ],
    [
      'where to go',
      (spec) => void Object.assign(spec, { nodeSelector: { zone: 'b' }, hostNetwork: true }),
      [`${others}spec.hostNetwork, spec.nodeSelector.zone\n`],
    ],
    [
      'the grace',
      (spec) => void Object.assign(spec, { terminationGracePeriodSeconds: 1 }),
      [`${others}spec.terminationGracePeriodSeconds\n`],
    ],
    [
      'how many containers',
      (spec) => void spec.containers.push(container({ name: 'b' })),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'to a longer deadline',
      (spec) => void Object.assign(spec, { activeDeadlineSeconds: 101 }),
      [
        'spec.activeDeadlineSeconds: Invalid value: 101: must be less than or equal to previous value',
      ],
    ],
    [
      'to no deadline',
      (spec) => void delete spec.activeDeadlineSeconds,
      [
        'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
      ],
    ],
    [
      'to fewer tolerations',
      (spec) => void Object.assign(spec, { tolerations: [{ key: 'b' }] }),
      [
        'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
      ],
    ],
    [
      'to another gate',
      (spec) => void Object.assign(spec, { schedulingGates: [{ name: 'b' }] }),
      [
        `spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'`,
      ],
    ],
    [
      'where to go, less exactly, while it is gated',
      (spec) => void Object.assign(spec, { nodeSelector: { disk: 'ssd' } }),
      [
        'spec.nodeSelector: Invalid value: {"disk":"ssd"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
      (spec) => void Object.assign(spec, { schedulingGates: [{ name: 'a' }] }),
    ],
  ]
  for (const [about, change, errors, before] of refused)
    it(`may not change ${about}`, () => assert.deepEqual(changing(change, before), errors))

  it('leave the status alone', () => {
    const old = pod()
    created(pods, old)
    const now = structuredClone(old)
    now.status = { phase: 'Failed' }
    assert.deepEqual(updated(pods, now, old), [])
    assert.deepEqual(now.status, old.status)
  })
})

describe('pod status updates', () => {
  const { prepareForStatusUpdate, validateStatusUpdate } = pods.strategy
  function reporting(status: Pod['status'], before: Pod['status'], restartPolicy = 'Always') {
    const old = pod((one) => {
      one.spec = { containers: [container()], restartPolicy }
      one.status = { qosClass: 'BestEffort', ...before }
      one.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'u' }]
    })
    const now = structuredClone(old)
    now.spec = { containers: [] }
    now.status = status
    delete now.metadata.ownerReferences
    prepareForStatusUpdate?.(now as never, old as never, {} as never)
    assert.deepEqual(now.spec, old.spec)
    assert.deepEqual(now.metadata.ownerReferences, old.metadata.ownerReferences)
    return { now, errors: told(validateStatusUpdate?.(now as never, old as never) ?? []) }
  }
  const ended = (exitCode: number) => ({
    containerStatuses: [
      {
        name: 'web',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode } },
      },
    ],
  })
  const running = {
    containerStatuses: [
      { name: 'web', image: '', imageID: '', ready: true, restartCount: 1, state: { running: {} } },
    ],
  }

  it('keep the class of service and what was observed', () => {
    const { now, errors } = reporting(
      { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      {
        observedGeneration: 3,
        conditions: [{ type: 'Ready', status: 'False', observedGeneration: 2 }],
      },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(now.status, {
      phase: 'Running',
      qosClass: 'BestEffort',
      observedGeneration: 3,
      conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }],
    })
  })

  it('may not change the class of service', () =>
    assert.deepEqual(reporting({ qosClass: 'Guaranteed' }, {}).errors, [
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ]))

  it('may restart what restarts always', () =>
    assert.deepEqual(reporting(running, ended(0)).errors, []))

  it('may restart what failed and restarts on failure', () =>
    assert.deepEqual(reporting(running, ended(1), 'OnFailure').errors, []))

  for (const [policy, code] of [
    ['OnFailure', 0],
    ['Never', 1],
  ] as const)
    it(`may not revive what ended with ${code} and restarts ${policy}`, () =>
      assert.deepEqual(reporting(running, ended(code), policy).errors, [
        'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
      ]))

  it('tell addresses that are addresses, one of each family', () => {
    assert.deepEqual(reporting({ podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }, {}).errors, [])
    assert.deepEqual(reporting({ podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }, {}).errors, [
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ])
    assert.deepEqual(reporting({ podIPs: [{ ip: 'x' }] }, {}).errors, [
      'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ])
  })
})
