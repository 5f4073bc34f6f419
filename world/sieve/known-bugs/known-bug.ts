/**
 * A bug that an operator in the field has had, as a small controller with the same fault: the sieve must find it with
 * the plan that provokes it, and must have nothing to say about the mended controller.
 */

import assert from 'node:assert/strict'
import type { Controller, DefinedKind } from '../../../controllers/framework/index.ts'
import { type Safeguard, withoutSafeguard } from '../../../controllers/framework/safeguards.ts'
import type { OracleName } from '../judgement.ts'
import type { PlanType } from '../plan.ts'
import { SieveError } from '../report.ts'
import { sieve } from '../sieve.ts'
import type { Step } from '../steps.ts'
import type { Subject } from '../subject.ts'

export interface KnownBug {
  kinds: readonly DefinedKind[]
  scenario: readonly Step[]
  buggy: Controller
  mended: Controller
  /** The plan that provokes it, and what shows it. */
  found: { by: PlanType; oracle: OracleName }
  /** Plans that are no fault of either. */
  except?: readonly PlanType[]
  /** What the framework does against it by itself; it is taken away to find the bug. */
  preventedBy?: Safeguard
}

export function knownBug(title: string, bug: KnownBug): void {
  const { kinds, scenario, buggy, mended, found, except = [], preventedBy } = bug
  const subject = (controller: Controller): Subject => ({
    kinds,
    scenario,
    except,
    controllers: [controller],
    builtIn: ['volume-protection'],
  })
  describe(title, () => {
    it(`is found: ${found.by}, ${found.oracle}`, async () => {
      const run = () => failureOf({ ...subject(buggy), only: [found.by] })
      const error = await (preventedBy ? withoutSafeguard(preventedBy, run) : run())
      assert.equal(error.plan.type, found.by, error.message)
      assert.equal(error.oracle, found.oracle, error.message)
    }).timeout(180_000)

    if (preventedBy)
      it(`does not get past the framework (${preventedBy})`, async () => {
        const { plans, tried } = await sieve({ ...subject(buggy), only: [found.by] })
        assert.equal(tried, plans)
      }).timeout(180_000)

    it('is gone where it is mended', async () => {
      const { plans, tried } = await sieve({ ...subject(mended), only: [found.by] })
      assert.equal(tried, plans)
      await sieve({ ...subject(mended), maxPlans: 25 })
    }).timeout(180_000)
  })
}

async function failureOf(subject: Subject): Promise<SieveError> {
  try {
    await sieve(subject)
  } catch (error) {
    if (error instanceof SieveError) return error
    throw error
  }
  return assert.fail('nothing was found')
}
