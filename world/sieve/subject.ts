/** What a sieve is asked to try. */

import type { KubernetesObject } from '../../api/object.ts'
import {
  type Controller,
  type DefinedKind,
  type Kind,
  kindKey,
} from '../../controllers/framework/index.ts'
import type { Demands } from './judgement.ts'
import type { Ignored } from './mask.ts'
import type { PlanType } from './plan.ts'
import type { Step } from './steps.ts'

/** Controllers, and what a user does to them. */
export interface Subject extends Demands {
  /** Kinds of one's own. */
  kinds?: readonly DefinedKind[]
  /**
   * The controllers under test; built-in ones may be among them. What they remember outside of a run should be lost when
   * they crash: then hand over the function that makes them.
   */
  controllers?: readonly Controller[] | (() => readonly Controller[])
  /** The process to which things happen; `controllers` unless told. */
  process?: string
  /** What that process reads, where its controllers do not say so. */
  reads?: readonly Kind[]
  /** What a user does, step by step; each is done when the one before has had its effects. */
  scenario: readonly Step[]
  /** As `startWorld`; the garbage collector alone unless told. None is fastest: then nothing owned goes with its owner. */
  builtIn?: boolean | readonly string[]
  /** Simulated nodes; none unless told, one where all built-in controllers run. */
  nodes?: number
  /** What is there before the controllers start. */
  objects?: readonly (KubernetesObject | string)[]
  /** What has no meaning in the end. */
  ignore?: readonly Ignored[]
  /** Which kinds of plans are tried; all unless told. */
  only?: readonly PlanType[]
  /** Kinds of plans that are left out: `rollback` where what has grown does not shrink. */
  except?: readonly PlanType[]
  /**
   * Starts the process anew on old views after each of its writes as well, not only where nothing moves: several times
   * as many plans.
   */
  thorough?: boolean
  /** Of the worlds, and of what is drawn beyond `maxPlans`; 1 unless told. */
  seed?: number
  /** With more plans than this, so many are drawn (2,000). */
  maxPlans?: number
  /** Virtual time in which everything must come to rest after each step: milliseconds or `'10m'`, one hour unless told. */
  within?: number | string
  /** How the regression test that a failure prints finds this value: `{ name: 'site', module: './site.subject.ts' }`. */
  exported?: { name: string; module: string }
}

export const builtInOf = ({
  builtIn = ['garbage-collector'],
}: Subject): boolean | readonly string[] => builtIn

/** Whether anybody takes away what has no owner any more. */
export function isCollected(subject: Subject): boolean {
  const builtIn = builtInOf(subject)
  return typeof builtIn === 'boolean' ? builtIn : builtIn.some((name) => collecting.has(name))
}

const collecting = new Set(['garbage-collector', '*'])

export const testedBy = ({ process = 'controllers' }: Subject): string => process

/** Made anew where they can be. */
export const controllersOf = ({ controllers = [] }: Subject): readonly Controller[] =>
  typeof controllers === 'function' ? controllers() : controllers

/** What the process under test reads. */
export function readKinds(subject: Subject): Kind[] {
  const kinds = new Map<string, Kind>()
  const add = (kind: Kind) => kinds.set(kindKey(kind), kind)
  for (const { primary, inputs } of controllersOf(subject)) {
    add(primary)
    for (const { role, kind } of inputs) if (role !== 'writes') add(kind)
  }
  for (const kind of subject.reads ?? []) add(kind)
  return [...kinds.values()]
}
