/** The public entry of the test environment: what tests of controllers import. */

export type { Lineage, Link, Woken } from '../api/lineage.ts'
export type { WriteRecord } from '../api/write-record.ts'
export {
  type Fault,
  type FaultPlan,
  isWrite,
  type ReadVerb,
  type Release,
  type RestartOptions,
  type Verb,
  type Views,
  type WorldRequest,
  type WriteVerb,
} from './faults.ts'
export type { LogEntry } from './log.ts'
export * from './sieve/index.ts'
export type { WhyOptions } from './why.ts'
export {
  type ConvergeOptions,
  type Cut,
  startWorld,
  type World,
  type WorldOptions,
} from './world.ts'
export { WorldError } from './world-error.ts'
