/**
 * A real browser that looks at a page of this machine: Debian's chromium, without a window, with a fresh profile. One a
 * test file, one context a test. Nothing it does leaves the machine, and what the page does wrong fails the test. It waits
 * for events of the page, never for time to pass.
 */

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { hasProgram, need } from '../needs.ts'
import { Complaints } from './complaints.ts'
import { patienceMs } from './until.ts'

/** Never fetched: the Debian package brings it. */
const executablePath = '/usr/bin/chromium'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // No other name or address has an answer, whatever a page asks for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
]

/** How much of a page is told of a test that fails. */
const evidenceLength = 6_000

/** Loaded here alone: it replaces functions of `node:fs`, which tests of other things in this process would notice. */
export async function launchBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  return chromium.launch({ executablePath, args, headless: true })
}

/** Somebody with tabs of their own, during one test. */
export interface Visitor {
  /** A new tab; resolves when its document is loaded. */
  open(url: string): Promise<Page>
  /** What this test provokes. */
  expect(complaint: RegExp): void
  readonly complaints: Complaints
}

export type VisitorOptions = Pick<
  BrowserContextOptions,
  'viewport' | 'colorScheme' | 'reducedMotion' | 'forcedColors' | 'acceptDownloads' | 'locale'
>

/** The body of a test. */
type Visit = (visitor: Visitor, test: Mocha.Context) => Promise<void>

/** For a `describe`: starts the browser before its tests and ends it after them, and makes tests of visits. */
export function useBrowser(): (visit: Visit, options?: VisitorOptions) => Mocha.AsyncFunc {
  let browser: Browser | undefined
  before(async function () {
    need(this, hasProgram('chromium'), 'needs chromium')
    browser = await launchBrowser()
  })
  after(() => browser?.close())
  return (visit, options) =>
    async function () {
      if (!browser) throw new Error('the browser is not there: was this called in a describe?')
      await visitOnce(browser, options, (visitor) => visit(visitor, this))
    }
}

/** Rejects when the visit does, with what the pages showed; and when a page did something wrong. */
export async function visitOnce(
  browser: Browser,
  options: VisitorOptions | undefined,
  visit: (visitor: Visitor) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ ...options, serviceWorkers: 'block' })
  context.setDefaultTimeout(patienceMs)
  const complaints = new Complaints()
  await complaints.hear(context)
  const visitor: Visitor = {
    complaints,
    expect: (pattern) => complaints.expect(pattern),
    async open(url) {
      const page = await context.newPage()
      complaints.hearSockets(page)
      await page.goto(url, { waitUntil: 'domcontentloaded' })
      return page
    },
  }
  try {
    await visit(visitor)
    // What was under way in a page is heard before it is closed.
    for (const page of context.pages()) await page.evaluate('0')
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await evidence(context.pages(), complaints)}`, {
      cause: error,
    })
  } finally {
    await context.close()
  }
  if (complaints.all.length > 0)
    throw new Error(`the page did what it must not:\n${complaints.all.join('\n')}`)
}

async function evidence(pages: Page[], complaints: Complaints): Promise<string> {
  const shown = await Promise.all(
    pages.map(async (page) => {
      const snapshot = page.locator('body').ariaSnapshot({ timeout: 2_000 })
      const text = await snapshot.catch((error: Error) => `cannot be read: ${error.message}`)
      return `${page.url()} shows:\n${text.slice(0, evidenceLength)}`
    }),
  )
  return [...complaints.all, ...shown].join('\n')
}
