/** Entries of a log that nobody has written. */

import type { KubernetesObject } from '../../../api/object.ts'
import { type Kind, kindKey } from '../../../controllers/framework/index.ts'
import type { LogEntry } from '../../log.ts'
import type { Trace } from '../trace.ts'

type Made = { position?: number; by?: string; at?: number }

const refOf = ({ metadata: { namespace, name = '' } }: KubernetesObject) =>
  namespace ? { namespace, name } : { name }

const entry = (
  kind: Kind<never> | Kind,
  type: LogEntry['type'],
  states: Pick<LogEntry, 'before' | 'after'>,
  { position = 1, by = 'controllers', at = 0 }: Made,
): LogEntry => ({
  position,
  key: `${kindKey(kind)}/${(states.after ?? states.before)?.metadata.name}`,
  type,
  kind: kind as Kind,
  ref: refOf((states.after ?? states.before)!),
  by,
  at,
  ...states,
})

export const created = (kind: Kind<never> | Kind, after: KubernetesObject, made: Made = {}) =>
  entry(kind, 'created', { after }, made)
export const updated = (
  kind: Kind<never> | Kind,
  before: KubernetesObject,
  after: KubernetesObject,
  made: Made = {},
) => entry(kind, 'updated', { before, after }, made)
export const deleted = (kind: Kind<never> | Kind, before: KubernetesObject, made: Made = {}) =>
  entry(kind, 'deleted', { before }, made)

export const traceOf = (log: LogEntry[], more: Partial<Trace> = {}): Trace => ({
  prologue: [],
  log,
  requests: [],
  settled: [log.length],
  afterResync: [],
  unsettled: undefined,
  notes: {
    removals: [],
    overlaps: [],
    cleaned: new Set(),
    finalizers: new Map(),
    reconciles: 1,
  },
  errors: [],
  ...more,
})
