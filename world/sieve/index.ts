/** Public part of the sieve; `world/index.ts` exports it. */

export type { Head } from './head.ts'
export type { Predicate } from './judgement.ts'
export type { Ignored } from './mask.ts'
export type { Plan, PlanType } from './plan.ts'
export { SieveError } from './report.ts'
export { type Replay, replay, sieve, survey } from './sieve.ts'
export type { Sifted } from './sift.ts'
export { apply, create, patch, remove, type Step, wait } from './steps.ts'
export type { Subject } from './subject.ts'
export type { Failure } from './trial.ts'
