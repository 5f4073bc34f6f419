/** Waiting for what a page will say of itself: by its changes, never by asking again and again. */

import type { Page } from 'playwright-core'

/** For a machine that is slow and busy with other things; nothing waits that long where all is well. */
export const patienceMs = 30_000

/**
 * Resolves as soon as an expression of the page is true: looked at now, and whenever the document has changed.
 * @param expression JavaScript, evaluated in the page
 */
export async function until(page: Page, expression: string): Promise<void> {
  // As text, and in one piece: the page's own policy forbids it to evaluate any later.
  await page.evaluate(`new Promise((resolve, reject) => {
    const isSo = () => Boolean(${expression})
    if (isSo()) return resolve()
    const changes = new MutationObserver(() => {
      if (!isSo()) return
      clearTimeout(timer)
      changes.disconnect()
      resolve()
    })
    const timer = setTimeout(() => {
      changes.disconnect()
      reject(new Error(${JSON.stringify(`not so after ${patienceMs} ms: ${expression}`)}))
    }, ${patienceMs})
    changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  })`)
}
