import assert from 'node:assert/strict'
import type { Deployment, ReplicaSet } from '../../../api/types.ts'
import { container, created, deployment, row, told, updated } from '../examples.ts'
import { deployments } from './deployment.ts'
import { replicaSets } from './replica-set.ts'

type Spec = NonNullable<Deployment['spec']>
type Change = (spec: Spec) => void

const changed = (change: Change) =>
  deployment(({ spec }) => {
    if (spec) change(spec)
  })
const rolling =
  (maxSurge: number | string, maxUnavailable: number | string): Change =>
  (spec) => {
    spec.strategy = { rollingUpdate: { maxSurge, maxUnavailable } }
  }
const at = 'spec.strategy.rollingUpdate'

describe('deployments', () => {
  const rules: [about: string, bad: Change, errors: string[], near: Change][] = [
    [
      'the selector selects the template',
      (spec) => {
        spec.selector = { matchLabels: { app: 'other' } }
      },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
      (spec) => {
        spec.selector = { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'b'] }] }
      },
    ],
    [
      'a selector is there',
      (spec) => {
        Object.assign(spec, { selector: undefined })
      },
      ['spec.selector: Required value'],
      () => {},
    ],
    [
      'a selector says something',
      (spec) => {
        spec.selector = {}
      },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
      (spec) => {
        spec.selector = { matchExpressions: [{ key: 'app', operator: 'Exists' }] }
      },
    ],
    [
      'operators are known',
      (spec) => {
        spec.selector = { matchExpressions: [{ key: 'app', operator: 'Like' }] }
      },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Like"}]}: invalid label selector',
      ],
      (spec) => {
        spec.selector = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }] }
      },
    ],
    [
      'replicas are not negative',
      (spec) => {
        spec.replicas = -1
      },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
      (spec) => {
        spec.replicas = 0
      },
    ],
    [
      'something can change',
      rolling(0, 0),
      [`${at}.maxUnavailable: Invalid value: 0: may not be 0 when \`maxSurge\` is 0`],
      rolling(0, 1),
    ],
    [
      'percentages of nothing count as nothing',
      rolling('0%', '0%'),
      [`${at}.maxUnavailable: Invalid value: "0%": may not be 0 when \`maxSurge\` is 0`],
      rolling('1%', '0%'),
    ],
    [
      'percentages are percentages',
      rolling('a lot', 1),
      [
        `${at}.maxSurge: Invalid value: "a lot": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      ],
      rolling('200%', 1),
    ],
    [
      'no more than all may be missing',
      rolling(1, '101%'),
      [`${at}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`],
      rolling(1, '100%'),
    ],
    [
      'counts are not negative',
      rolling(-1, 1),
      [`${at}.maxSurge: Invalid value: -1: must be greater than or equal to 0`],
      rolling(0, 1),
    ],
    [
      'who is recreated does not roll',
      (spec) => {
        spec.strategy = { type: 'Recreate', rollingUpdate: {} }
      },
      [`${at}: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`],
      (spec) => {
        spec.strategy = { type: 'Recreate' }
      },
    ],
    [
      'strategies are known',
      (spec) => {
        spec.strategy = { type: 'Canary' }
      },
      [
        'spec.strategy.type: Unsupported value: "Canary": supported values: "Recreate", "RollingUpdate"',
      ],
      (spec) => {
        spec.strategy = { type: 'RollingUpdate' }
      },
    ],
    [
      'the deadline comes after readiness',
      (spec) => {
        spec.minReadySeconds = 600
      },
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
      (spec) => {
        spec.minReadySeconds = 599
      },
    ],
    [
      'its pods run for ever',
      (spec) => {
        if (spec.template.spec) spec.template.spec.restartPolicy = 'Never'
      },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
      (spec) => {
        if (spec.template.spec) spec.template.spec.restartPolicy = 'Always'
      },
    ],
    [
      'its pods have no deadline',
      (spec) => {
        if (spec.template.spec) spec.template.spec.activeDeadlineSeconds = 5
      },
      [
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
      () => {},
    ],
    [
      'what is wrong in the template is told with its path',
      (spec) => {
        if (spec.template.spec) spec.template.spec.containers = [container({ image: '' })]
      },
      ['spec.template.spec.containers[0].image: Required value'],
      (spec) => {
        if (spec.template.spec) spec.template.spec.containers = [container({ image: 'a' })]
      },
    ],
    [
      'labels in the template are labels',
      (spec) => {
        spec.template.metadata = { labels: { app: 'web', b: '-' } }
      },
      [
        `spec.template.labels: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      ],
      (spec) => {
        spec.template.metadata = { labels: { app: 'web', b: '' } }
      },
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(deployments, changed(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(deployments, changed(near)), []))
  }

  it('keep their selector', () => {
    const old = deployment()
    created(deployments, old)
    const now = changed((spec) => {
      spec.selector = { matchLabels: { app: 'b' } }
      spec.template.metadata = { labels: { app: 'b' } }
    })
    assert.deepEqual(updated(deployments, now, old), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ])
    assert.deepEqual(updated(deployments, deployment(), old), [])
  })

  it('start without status, and keep it from writers of the rest', () => {
    const old = deployment((one) => {
      one.status = { replicas: 9 }
    })
    created(deployments, old)
    assert.deepEqual(old.status, {})
    const now = deployment((one) => {
      one.status = { replicas: 9 }
    })
    updated(deployments, now, old)
    assert.deepEqual(now.status, {})
  })

  it('count changes of the specification and of annotations, not of labels', () => {
    const { generation } = deployments.strategy
    assert.ok(typeof generation === 'function')
    const counts = (change: (one: Deployment) => void) =>
      generation(deployment(change) as never, deployment() as never)
    assert.equal(
      counts(() => {}),
      false,
    )
    assert.equal(
      counts(({ spec }) => {
        if (spec) spec.paused = true
      }),
      true,
    )
    assert.equal(
      counts(({ metadata }) => {
        metadata.annotations = { a: 'b' }
      }),
      true,
    )
    assert.equal(
      counts(({ metadata }) => {
        metadata.labels = { a: 'b' }
      }),
      false,
    )
  })

  it('report counts that fit together', () => {
    const report = (status: Deployment['status'], before: Deployment['status'] = {}) =>
      told(
        deployments.strategy.validateStatusUpdate?.(
          deployment((one) => {
            one.status = status
          }) as never,
          deployment((one) => {
            one.status = before
          }) as never,
        ) ?? [],
      )
    assert.deepEqual(report({ replicas: 2, readyReplicas: 2, availableReplicas: 1 }), [])
    assert.deepEqual(report({ replicas: 1, readyReplicas: 2, availableReplicas: 3 }), [
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
    ])
    assert.deepEqual(report({ collisionCount: 1 }, { collisionCount: 2 }), [
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ])
  })

  it('scale', () => {
    const object = deployment((one) => {
      one.status = { replicas: 2 }
      if (one.spec)
        one.spec.selector = {
          matchLabels: { b: 'c', a: 'b' },
          matchExpressions: [{ key: 'aa', operator: 'Exists' }],
        }
    })
    deployments.scale?.write(object as never, 5)
    assert.deepEqual(deployments.scale?.read(object as never), {
      replicas: 5,
      statusReplicas: 2,
      selector: 'a=b,aa,b=c',
    })
  })

  it('read as rows', () => {
    const now = Date.UTC(2026, 0, 1)
    const object = deployment((one) => {
      one.metadata.creationTimestamp = '2025-12-31T23:58:00Z'
      if (one.spec) one.spec.replicas = 3
      one.status = { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 }
    })
    object.spec?.template.spec?.containers.push(container({ name: 'b', image: 'c' }))
    assert.deepEqual(row(deployments, object, now), ['web', '2/3', 1, 2, '2m'])
    assert.deepEqual(row(deployments, object, now, true).slice(5), [
      'web,b',
      'nginx:1.29,c',
      'app=web',
      '<none>',
    ])
  })

  it('say in wide rows where their rollout is', () => {
    const told = (type: string, reason: string, message: string) =>
      row(
        deployments,
        deployment((one) => {
          one.status = { conditions: [{ type, status: 'True', reason, message }] }
        }),
        0,
        true,
      ).at(-1)
    assert.equal(told('Progressing', 'NewReplicaSetAvailable', 'has progressed'), 'complete')
    assert.equal(told('Progressing', 'ReplicaSetUpdated', 'why not'), 'why not')
    assert.equal(told('ReplicaFailure', 'FailedCreate', 'exceeded quota'), 'exceeded quota')
    const paused = changed((spec) => {
      spec.paused = true
    })
    assert.equal(row(deployments, paused, 0, true).at(-1), 'paused')
  })
})

describe('replica sets', () => {
  const replicaSet = () => deployment() as unknown as ReplicaSet

  it('are one pod unless told, begin with none, and keep their selector', () => {
    const object = replicaSet()
    assert.deepEqual(created(replicaSets, object), [])
    assert.equal(object.spec?.replicas, 1)
    assert.deepEqual(object.status, { replicas: 0 })
    const now = replicaSet()
    if (now.spec) {
      now.spec.selector = { matchLabels: { b: 'c' } }
      now.spec.template = {
        metadata: { labels: { b: 'c' } },
        spec: { containers: [container()] },
      }
    }
    assert.deepEqual(updated(replicaSets, now, object), [
      'spec.selector: Invalid value: {"matchLabels":{"b":"c"}}: field is immutable',
    ])
  })

  it('report counts that fit together', () =>
    assert.deepEqual(
      told(
        replicaSets.strategy.validateStatusUpdate?.(
          { metadata: {}, status: { replicas: 1, fullyLabeledReplicas: 2 } },
          { metadata: {} },
        ) ?? [],
      ),
      ['status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas'],
    ))

  it('read as rows', () => {
    const object = replicaSet()
    object.status = { replicas: 2, readyReplicas: 1 }
    if (object.spec) object.spec.replicas = 3
    assert.deepEqual(row(replicaSets, object, 0), ['web', 3, 2, 1, '<unknown>'])
    assert.deepEqual(row(replicaSets, object, 0, true).slice(5), ['web', 'nginx:1.29', 'app=web'])
  })
})
