import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { ConfigMap, Lease } from '../../controllers/framework/index.ts'
import type { LogEntry } from '../log.ts'
import { totalsOf } from './history.ts'
import type { Judgement } from './judgement.ts'
import { type Ignored, Mask } from './mask.ts'
import { judge } from './oracles.ts'
import { created, deleted, traceOf, updated } from './testing/entries.ts'
import { endOf, type Trace } from './trace.ts'

const object = (name: string, more: Partial<KubernetesObject['metadata']> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name, uid: `uid-${name}`, ...more },
})
const lease = (holderIdentity: string): KubernetesObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'kube-system', name: 'controllers', uid: 'lease' },
  spec: { holderIdentity },
})

interface Given extends Partial<Omit<Judgement, 'trace' | 'reference'>> {
  expected?: Trace
  ignore?: Ignored[]
}

function verdict(trace: Trace, { expected = trace, ignore, ...more }: Given = {}) {
  const mask = new Mask(ignore)
  const reference = { trace: expected, end: endOf(expected), totals: totalsOf(expected.log), mask }
  const violation = judge({
    plan: { type: 'crash', request: 1, applied: true },
    trace,
    reference,
    demands: {},
    process: 'controllers',
    collected: true,
    ...more,
  })
  return violation && `${violation.oracle}: ${violation.message}`
}

const one = created(ConfigMap, object('a'), { position: 1 })
const quiet = traceOf([one])

describe('oracles', () => {
  it('have nothing to say when all is as it was', () => assert.equal(verdict(quiet), undefined))

  it('want every run to come to rest', () => {
    assert.match(
      `${verdict(traceOf([one], { unsettled: 'on and on' }))}`,
      /^convergence: .*on and on/,
    )
  })

  it('want the same end', () => {
    const other = traceOf([created(ConfigMap, { ...object('a'), data: { b: '1' } })])
    assert.match(
      `${verdict(other, { expected: quiet })}`,
      /^end state: \.data of ConfigMap default\/a/,
    )
    const ignore = [{ kind: ConfigMap, path: '.data' }]
    assert.equal(verdict(other, { expected: quiet, ignore }), undefined)
    assert.match(
      `${verdict(traceOf([]), { expected: quiet })}`,
      /^end state: ConfigMap default\/a is absent/,
    )
  })

  it('do not let what is there until the end be deleted and made again', () => {
    const again = traceOf([
      one,
      deleted(ConfigMap, object('a'), { position: 2 }),
      created(ConfigMap, object('a', { uid: 'uid-2' }), { position: 3 }),
    ])
    assert.match(
      `${verdict(again, { expected: quiet })}`,
      /^loss: controllers has deleted ConfigMap/,
    )
  })

  it('count what comes and goes, unless states were not seen', () => {
    const passing = [created(ConfigMap, object('b')), deleted(ConfigMap, object('b'))]
    const trace = traceOf([one, ...passing])
    assert.match(
      `${verdict(trace, { expected: quiet })}`,
      /^totals: ConfigMap default\/b was created once/,
    )
    const plan = {
      type: 'unobserved',
      kind: ConfigMap,
      ref: { name: 'a' },
      from: 1,
      to: 2,
    } as const
    assert.equal(verdict(trace, { expected: quiet, plan: { ...plan, as: 'relist' } }), undefined)
  })

  it('let an object without a name be made twice where the answer was lost, not otherwise', () => {
    const drawn = object('x-abcde', { generateName: 'x-' })
    const trace = traceOf([one, created(ConfigMap, drawn), deleted(ConfigMap, drawn)])
    assert.equal(verdict(trace, { expected: quiet }), undefined)
    const plan = { type: 'refused', request: 1, reason: 'Conflict' } as const
    assert.match(`${verdict(trace, { expected: quiet, plan })}`, /^totals/)
  })

  it('want no write where nothing has changed', () => {
    const trace = traceOf([one], { afterResync: [updated(ConfigMap, object('a'), object('a'))] })
    assert.match(`${verdict(trace)}`, /^stability: .*write 1 times/)
  })

  it('want work to be bounded', () => {
    const busy = { ...quiet.notes, reconciles: 1_000 }
    const trace = traceOf([one], { notes: busy })
    assert.match(
      `${verdict(trace, { expected: quiet })}`,
      /^bounded work: reconcile ran 1000 times/,
    )
  })

  it('want nothing to outlive its owners where garbage is collected', () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'uid-a' }
    const trace = traceOf([
      one,
      created(ConfigMap, object('b', { ownerReferences: [owner] })),
      deleted(ConfigMap, object('a')),
    ])
    assert.match(`${verdict(trace)}`, /^orphans: ConfigMap default\/b is still there/)
    assert.equal(verdict(trace, { collected: false }), undefined)
  })

  it('want reasons of removals to be true when they happen', () => {
    const removal = {
      controller: 'site',
      primary: ConfigMap,
      key: { namespace: 'default', name: 'a' },
      uid: 'uid-b',
      because: (now: KubernetesObject | undefined) => now === undefined,
    }
    const notes = { ...quiet.notes, removals: [removal] }
    const log: LogEntry[] = [one, created(ConfigMap, object('b')), deleted(ConfigMap, object('b'))]
    assert.match(`${verdict(traceOf(log, { notes }))}`, /^because: .*was not true of ConfigMap a/)
    assert.equal(verdict(traceOf(log.slice(1), { notes })), undefined)
  })

  it('want a finalizer to stay until the clean-up has ended', () => {
    const going = object('a', { finalizers: ['x/site'], deletionTimestamp: 't' })
    const log = [one, deleted(ConfigMap, going)]
    const notes = { ...quiet.notes, finalizers: new Map([['x/site', 'site']]) }
    assert.match(`${verdict(traceOf(log, { notes }))}`, /^finalizer: the finalizer x\/site/)
    const cleaned = new Set(['site uid-a'])
    assert.equal(verdict(traceOf(log, { notes: { ...notes, cleaned } })), undefined)
  })

  it('let only the holder of the lease write, and no key run twice at once', () => {
    const log = (by: string) => [created(Lease, lease('controllers_1'), { by }), { ...one, by }]
    assert.equal(verdict(traceOf(log('controllers'))), undefined)
    assert.match(`${verdict(traceOf(log('controllers-2')))}`, /^lease: controllers-2 has written/)
    const notes = { ...quiet.notes, overlaps: ['site default/a'] }
    assert.match(`${verdict(traceOf([one], { notes }))}`, /^one at a time: site default\/a/)
  })
})
