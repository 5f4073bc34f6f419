/**
 * The rollout page as somebody sees it who knows its parts by their roles and names alone: what stands there, and what can
 * be done. The only thing read beside that is `data-rev`: of which revision the picture is.
 */

import type { Locator, Page } from 'playwright-core'
import { until } from './until.ts'

/** The gauge in numbers, as its own sentence tells them. */
export interface Counts {
  oldAvailable: number
  oldUnready: number
  newAvailable: number
  newStarting: number
  terminating: number
  desired: number
  floor: number
  ceiling: number
}

/** What the gauge said of one revision. */
export interface Picture {
  revision: number
  counts: Counts
}

export class RolloutPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get verdict(): Locator {
    return this.page.getByRole('region', { name: 'Verdict' })
  }

  get link(): Locator {
    return this.page.getByRole('status', { name: 'Link' })
  }

  get moment(): Locator {
    return this.page.getByRole('region', { name: 'Moment' })
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }

  get done(): Locator {
    return this.page.getByRole('status', { name: 'Done' })
  }

  get details(): Locator {
    return this.page.getByRole('region', { name: /^Details of/ })
  }

  /** What is said aloud. */
  get polite(): Locator {
    return this.page.locator('#polite')
  }

  get assertive(): Locator {
    return this.page.locator('#assertive')
  }

  tab(name: string): Locator {
    return this.details.getByRole('tab', { name })
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }

  /** Resolves when the verdict, or another part, says this. */
  async says(words: RegExp, part = this.verdict): Promise<void> {
    await part.filter({ hasText: words }).waitFor({ state: 'attached' })
  }

  /** Resolves when the past is drawn as it was at this revision. */
  async shows(revision: number): Promise<void> {
    await this.page.locator(`html[data-past-rev="${revision}"]`).waitFor()
  }

  /** Resolves with the revision that is drawn when it is one before this. */
  async pastBefore(revision: number): Promise<number> {
    await until(this.page, `document.documentElement.dataset.pastRev < ${revision}`)
    return (await this.page.evaluate('Number(document.documentElement.dataset.pastRev)')) as number
  }

  /** What the gauge says now. */
  async counts(): Promise<Counts> {
    return countsOf(String(await this.page.evaluate(gauge)))
  }

  /** From now on every picture is kept. */
  async record(): Promise<void> {
    await this.page.evaluate(recorder)
  }

  /** In the order in which they were shown. */
  async pictures(): Promise<Picture[]> {
    const seen = (await this.page.evaluate('window.pictures')) as [number, string][]
    return seen.map(([revision, text]) => ({ revision, counts: countsOf(text) }))
  }
}

const gauge = `document.querySelector('figure[aria-label="Bounds"] [role=img]')?.ariaLabel`

/** As text: it runs in the browser. */
const recorder = `{
  window.pictures = []
  const root = document.documentElement
  const look = () => {
    const revision = Number(root.dataset.rev)
    const text = ${gauge}
    if (revision && text) window.pictures.push([revision, text])
  }
  look()
  window.watching?.disconnect()
  window.watching = new MutationObserver(look)
  window.watching.observe(root, { attributes: true, attributeFilter: ['data-rev'] })
}`

/** Of `3 old available, 1 new starting; 3 desired, at least 3 available, at most 4 in all`. */
export function countsOf(sentence: string): Counts {
  const number = (pattern: RegExp) => Number(pattern.exec(sentence)?.[1] ?? 0)
  return {
    oldAvailable: number(/(\d+) old available/),
    oldUnready: number(/(\d+) old not ready/),
    newAvailable: number(/(\d+) new available/),
    newStarting: number(/(\d+) new starting/),
    terminating: number(/(\d+) terminating/),
    desired: number(/(\d+) desired/),
    floor: number(/at least (\d+) available/),
    ceiling: number(/at most (\d+) in all/),
  }
}
