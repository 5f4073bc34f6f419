/** What a page keeps from people who hear it, who cannot tell colours, or who have no mouse, as far as axe can tell. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

/** One broken rule, with the elements that break it. */
export interface Finding {
  rule: string
  impact: 'minor' | 'moderate' | 'serious' | 'critical'
  help: string
  elements: string[]
}

interface AxeResults {
  violations: {
    id: string
    impact: Finding['impact'] | null
    help: string
    nodes: { html: string; failureSummary?: string }[]
  }[]
}

let program: string | undefined

/** Everything that WCAG 2.2 A and AA and axe's own advice find in the page as it is now. */
export async function audit(page: Page): Promise<Finding[]> {
  program ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(program)
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults
  return violations.map(({ id, impact, help, nodes }) => ({
    rule: id,
    impact: impact ?? 'minor',
    help,
    elements: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary ?? ''}`),
  }))
}

/** Those that shut somebody out. */
export const grave = (findings: Finding[]): Finding[] =>
  findings.filter(({ impact }) => impact === 'serious' || impact === 'critical')
