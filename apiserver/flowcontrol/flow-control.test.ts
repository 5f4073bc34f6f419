import assert from 'node:assert/strict'
import { Subject } from 'rxjs'
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import type { Attributes } from '../auth/authorization.ts'
import { StatusError } from '../http/status.ts'
import type { CacheEvent } from '../watch/cached-object.ts'
import { flowSchemas, priorityLevels } from './configuration.ts'
import { markDangling } from './dangling.ts'
import { handOf } from './fair-queues.ts'
import { type Admitted, FlowControl } from './flow-control.ts'
import { inOrder, matches } from './flow-schema.ts'
import { followConfiguration } from './follow-configuration.ts'

const user = (name: string, ...groups: string[]) => ({
  name,
  groups: [...groups, 'system:authenticated'],
})
const never = new AbortController()
const master = user('admin', 'system:masters')
const node = user('system:node:a', 'system:nodes')
const account = (name: string) =>
  user(
    `system:serviceaccount:shop:${name}`,
    'system:serviceaccounts',
    'system:serviceaccounts:shop',
  )

const about = (
  who: Attributes['user'],
  change: Partial<Extract<Attributes, { resource: string }>> = {},
): Attributes => ({
  user: who,
  verb: 'list',
  group: '',
  resource: 'pods',
  namespace: 'shop',
  name: '',
  ...change,
})
const lease = (who: Attributes['user']) =>
  about(who, { verb: 'update', group: 'coordination.k8s.io', resource: 'leases', name: 'x' })

const schemaOf = (attributes: Attributes) =>
  inOrder(flowSchemas).find((schema) => matches(schema, attributes))?.metadata.name

describe('flow schemas', () => {
  const cases: [Attributes, string][] = [
    [about(master), 'exempt'],
    [{ user: user('x'), verb: 'get', path: '/readyz' }, 'probes'],
    [{ user: user('x'), verb: 'get', path: '/metrics' }, 'global-default'],
    [lease(user('system:kube-scheduler')), 'system-leader-election'],
    [about(user('system:kube-scheduler')), 'kube-scheduler'],
    [lease(node), 'system-node-high'],
    [
      about(node, { verb: 'patch', resource: 'nodes', subresource: 'status', namespace: '' }),
      'system-node-high',
    ],
    [about(node), 'system-nodes'],
    [about(account('web')), 'service-accounts'],
    [
      lease(user('system:serviceaccount:kube-system:x', 'system:serviceaccounts')),
      'workload-leader-election',
    ],
    [about(user('x')), 'global-default'],
    [about({ name: 'odd', groups: [] }), 'none'],
  ]
  for (const [attributes, expected] of cases)
    it(`${attributes.user.name} to ${attributes.verb} ${'path' in attributes ? attributes.path : attributes.resource}: ${expected}`, () => {
      assert.equal(schemaOf(attributes) ?? 'none', expected)
    })
})

describe('the status of flow schemas', () => {
  it('says whether their priority level is there, once', async () => {
    const clock = new VirtualClock()
    const written = new Map<string, FlowSchema>()
    const cluster = {
      async update<T>(_kind: unknown, object: T): Promise<T> {
        const schema = object as FlowSchema
        written.set(schema.metadata.name ?? '', schema)
        return object
      },
    }
    const other = { type: 'Other', status: 'True' }
    const schemas = flowSchemas.slice(0, 2).map((schema) => ({ ...schema }))
    schemas[1]!.spec = { ...schemas[1]!.spec!, priorityLevelConfiguration: { name: 'gone' } }
    schemas[1]!.status = { conditions: [other] }
    await markDangling({ schemas, levels: priorityLevels }, { cluster, clock })
    const told = (name: string) =>
      written
        .get(name)
        ?.status?.conditions?.map(({ type, status, reason, message }) =>
          [type, status, reason, message].join(' '),
        )
    const references = 'This FlowSchema references the PriorityLevelConfiguration object named'
    assert.deepEqual(told('exempt'), [`Dangling False Found ${references} "exempt" and it exists`])
    assert.deepEqual(told('probes'), [
      'Other True  ',
      `Dangling True NotFound ${references} "gone" but there is no such object`,
    ])
    const marked = [...written.values()]
    written.clear()
    await markDangling({ schemas: marked, levels: priorityLevels }, { cluster, clock })
    assert.equal(written.size, 0)
  })
})

describe('flow control', () => {
  let clock: VirtualClock
  beforeEach(() => {
    clock = new VirtualClock()
  })

  /** Fills what a user may have; what is returned ends all that. */
  const fill = (control: FlowControl, attributes: Attributes): Admitted[] => {
    const held: Admitted[] = []
    for (;;) {
      const entered = control.enter(attributes, never)
      if (entered instanceof Promise) {
        entered.then(
          (admitted) => held.push(admitted),
          () => {},
        )
        return held
      }
      held.push(entered)
      assert.ok(held.length < 10_000, 'there is no end to its seats')
    }
  }

  const waiting = (control: FlowControl) =>
    [...control.levels].reduce((sum, level) => sum + level.waiting, 0)

  it('lets at most so many run at once', () => {
    const control = new FlowControl({ clock, seats: 60 })
    const held = fill(control, about(account('web')))
    assert.ok(held.length <= 60, String(held.length))
    assert.ok(held.length >= 25, `its own share at least: ${held.length}`)
  })

  it('keeps a flood of one account from leases, node status and administrators', () => {
    const control = new FlowControl({ clock, seats: 60 })
    fill(control, about(account('flood')))
    for (const attributes of [
      lease(user('system:kube-scheduler')),
      lease(node),
      about(node, { resource: 'nodes', subresource: 'status', namespace: '' }),
      about(master),
    ]) {
      const entered = control.enter(attributes, never)
      assert.ok(!(entered instanceof Promise), `${attributes.user.name} waits`)
    }
  })

  it('gives the freed seat to who has waited', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const held = fill(control, about(account('web')))
    const first = held.length
    held[0]?.leave()
    await clock.advance(0)
    assert.equal(held.length, first + 1)
  })

  it('gives a seat back once, however often it is left', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const held = fill(control, about(account('web')))
    control.enter(about(account('web')), never)
    assert.equal(waiting(control), 2)
    for (let n = 0; n < 3; n++) held[0]?.leave()
    await clock.advance(0)
    assert.equal(waiting(control), 1)
  })

  it('lets a quiet flow pass one that floods the same level', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const flood = fill(control, about(account('flood')))
    for (let n = 0; n < 40; n++) control.enter(about(account('flood')), never)
    let quiet = false
    void Promise.resolve(control.enter(about(account('quiet')), never)).then(() => {
      quiet = true
    })
    for (let n = 0; n < 12; n++) flood[n]?.leave()
    await clock.advance(0)
    assert.ok(quiet, 'it still waits behind the flood')
  })

  it('refuses with 429 what has waited too long, and what finds its queues full', async () => {
    const control = new FlowControl({ clock, seats: 60, patienceMs: 1_000 })
    fill(control, about(account('web')))
    const answers: unknown[] = []
    for (let n = 0; n < 400; n++)
      Promise.resolve(control.enter(about(account('web')), never)).catch((error) =>
        answers.push(error),
      )
    await clock.advance(0)
    assert.ok(answers.length > 0, 'no queue was full')
    await clock.advance(1_000)
    assert.equal(answers.length, 400)
    const [refusal] = answers
    assert.ok(refusal instanceof StatusError)
    assert.equal(refusal.status.code, 429)
    assert.equal(refusal.status.details?.retryAfterSeconds, 1)
  })

  it('forgets who went away', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const held = fill(control, about(account('web')))
    const client = new AbortController()
    let refused = false
    Promise.resolve(control.enter(about(account('web')), client)).catch(() => {
      refused = true
    })
    client.abort()
    await clock.advance(0)
    assert.ok(refused)
    assert.equal(waiting(control), 1, 'only the one that filled it')
    assert.ok(held.length > 0)
  })

  it('lets nobody who waits pay for a change of the configuration', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const held = fill(control, about(account('web')))
    const waitingOne = Promise.resolve(control.enter(about(account('web')), never))
    control.configure({ schemas: flowSchemas, levels: priorityLevels })
    const admitted = await waitingOne
    admitted.leave()
    assert.ok(held.length > 0)
    assert.equal(waiting(control), 0)
  })

  it('does as the objects say, and never without the mandatory ones', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const changes = new Map<string, Subject<CacheEvent>>()
    const lister = {
      changes(kind: string) {
        const subject = new Subject<CacheEvent>()
        changes.set(kind, subject)
        return subject
      },
    }
    const report = (error: unknown) => assert.fail(String(error))
    const stop = followConfiguration(control, { lister, clock, report })
    const tell = (kind: string, object: FlowSchema | PriorityLevelConfiguration) =>
      changes.get(`${kind}.flowcontrol.apiserver.k8s.io`)?.next({
        type: 'ADDED',
        object: { name: object.metadata.name, object },
      } as unknown as CacheEvent)
    const rejecting = structuredClone(
      priorityLevels.find(({ metadata }) => metadata.name === 'catch-all')!,
    )
    rejecting.metadata = { name: 'tiny', uid: 'level-uid' }
    rejecting.spec!.limited!.nominalConcurrencyShares = 0
    rejecting.spec!.limited!.borrowingLimitPercent = 0
    tell('prioritylevelconfigurations', rejecting)
    const schema = structuredClone(
      flowSchemas.find(({ metadata }) => metadata.name === 'service-accounts')!,
    )
    schema.spec!.priorityLevelConfiguration.name = 'tiny'
    tell('flowschemas', schema)
    await clock.advance(0)
    await assert.rejects(
      async () => control.enter(about(account('web')), never),
      /too many requests/,
    )
    assert.ok(!(control.enter(about(master), never) instanceof Promise))
    stop()
  })

  const waitsFor = (entered: Admitted | Promise<Admitted>): Admitted => {
    assert.ok(!(entered instanceof Promise), 'it waits')
    return entered
  }
  const taken = (control: FlowControl, name: string) =>
    [...control.levels].find((level) => level.name === name)?.taken

  it('gives a large request as many seats as it takes, up to a part of its level', () => {
    const control = new FlowControl({ clock, seats: 600 })
    const low = about(account('web'))
    const large = waitsFor(control.enter(low, never, { seats: 10 }))
    assert.equal(taken(control, 'workload-low'), 10)
    const larger = waitsFor(control.enter(low, never, { seats: 100 }))
    // 245 seats of its own, of which 15 in 100 are 37.
    assert.equal(taken(control, 'workload-low'), 47)
    large.leave()
    larger.leave()
    assert.equal(taken(control, 'workload-low'), 0)
  })

  it('does not let small requests overtake a large one for ever', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const small = fill(control, about(account('small')))
    const order: string[] = []
    const queue = (who: string, seats: number) =>
      void Promise.resolve(control.enter(about(account(who)), never, { seats })).then(
        (admitted) => {
          order.push(who)
          return admitted
        },
      )
    queue('large', 4)
    for (let n = 0; n < 3; n++) queue(`small-${n}`, 1)
    for (const admitted of small.splice(0, 12)) {
      admitted.leave()
      await clock.advance(0)
    }
    assert.ok(order.includes('large'), order.join())
  })

  it('keeps seats for the watchers of a write after it has been answered', async () => {
    const control = new FlowControl({ clock, seats: 600 })
    const write = { seats: 1, after: { seats: 4, ms: 5 } }
    const admitted = waitsFor(control.enter(about(account('web')), never, write))
    assert.equal(taken(control, 'workload-low'), 4)
    admitted.leave()
    assert.equal(taken(control, 'workload-low'), 4)
    await clock.advance(5)
    assert.equal(taken(control, 'workload-low'), 0)
    const administrators = waitsFor(control.enter(about(master), never, write))
    administrators.leave()
    assert.equal(taken(control, 'exempt'), 0)
  })

  it('lets nobody who is slow to read keep seats from others', async () => {
    const control = new FlowControl({ clock, seats: 600 })
    const list = { seats: 10, mostMs: 10_000 }
    const slow = waitsFor(control.enter(about(account('web')), never, list))
    await clock.advance(9_999)
    assert.equal(taken(control, 'workload-low'), 10)
    await clock.advance(1)
    assert.equal(taken(control, 'workload-low'), 0)
    slow.leave()
    assert.equal(taken(control, 'workload-low'), 0)
  })

  it('gives seats that were borrowed to the level that has least of its own share', async () => {
    const control = new FlowControl({ clock, seats: 60 })
    const borrowed = fill(control, about(account('flood')))
    const mine = fill(control, about(user('system:kube-scheduler')))
    for (let n = 0; n < 20; n++) {
      control.enter(about(account('flood')), never)
      Promise.resolve(control.enter(about(user('system:kube-scheduler')), never)).then((admitted) =>
        mine.push(admitted),
      )
    }
    const before = mine.length
    for (const admitted of borrowed.slice(0, 4)) {
      admitted.leave()
      await clock.advance(0)
    }
    assert.equal(mine.length, before + 4)
  })

  it('counts what runs, waits and is refused, by schema and level', async () => {
    const control = new FlowControl({ clock, seats: 60, patienceMs: 1_000 })
    const held = fill(control, about(account('web')))
    const metrics = Object.values(control.counters.metrics)
    const read = async () => {
      const values = new Map<string, number>()
      for (const metric of metrics) {
        const { name, values: all } = await metric.get()
        for (const { labels, value, ...rest } of all as {
          labels: Record<string, string>
          value: number
          metricName?: string
        }[])
          if (labels.priority_level === 'workload-low')
            values.set(
              `${rest.metricName ?? name} ${labels.reason ?? labels.le ?? ''}`.trim(),
              value,
            )
      }
      return (name: string) => values.get(`apiserver_flowcontrol_${name}`)
    }
    const now = await read()
    assert.equal(now('current_executing_requests'), held.length)
    assert.equal(now('current_executing_seats'), held.length)
    assert.equal(now('current_inqueue_requests'), 1)
    assert.equal(now('dispatched_requests_total'), held.length)
    assert.equal(now('nominal_limit_seats'), 25)
    await clock.advance(1_000)
    const later = await read()
    assert.equal(later('current_inqueue_requests'), 0)
    assert.equal(later('rejected_requests_total time-out'), 1)
    for (const admitted of held) admitted.leave()
    assert.equal((await read())('current_executing_seats'), 0)
    const others = flowSchemas.filter(({ metadata }) => metadata.name !== 'service-accounts')
    control.configure({ schemas: others, levels: priorityLevels })
    const gone = await read()
    assert.equal(gone('dispatched_requests_total'), undefined)
    assert.equal(gone('rejected_requests_total time-out'), undefined)
  })

  it('deals every flow a hand of different queues, the same each time', () => {
    for (const flow of ['a', 'b', 'c']) {
      const hand = handOf(flow, 64, 6)
      assert.equal(new Set(hand).size, 6)
      assert.ok(hand.every((at) => at >= 0 && at < 64))
      assert.deepEqual(handOf(flow, 64, 6), hand)
    }
    assert.notDeepEqual(handOf('a', 64, 6), handOf('b', 64, 6))
    assert.deepEqual(handOf('a', 2, 6).sort(), [0, 1])
  })
})
