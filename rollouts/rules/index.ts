/** The rules by which a rollout is explained, in order: the first that applies is the verdict. */

import { complete } from './complete.ts'
import { deadline } from './deadline.ts'
import type { Rule } from './facts.ts'
import { minReady } from './min-ready.ts'
import { notObserved } from './not-observed.ts'
import { paused } from './paused.ts'
import { podTrouble } from './pod-trouble.ts'
import { refused } from './refused.ts'
import { terminating } from './terminating.ts'

export const rules: readonly Rule[] = [
  notObserved,
  paused,
  complete,
  refused,
  podTrouble,
  minReady,
  terminating,
  deadline,
]
