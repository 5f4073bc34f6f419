/** Bounded searches, one test a subject. */

import assert from 'node:assert/strict'
import { type Subject, sieve } from '../index.ts'

/** Tests that each subject gets done whatever goes wrong, with so many plans drawn. */
export function carriedOut(subjects: Readonly<Record<string, Subject>>, maxPlans: number): void {
  for (const [name, subject] of Object.entries(subjects))
    it(`carry out ${name}`, async () => {
      const { tried, plans } = await sieve({ ...subject, maxPlans })
      assert.equal(tried, Math.min(maxPlans, plans))
    })
}
