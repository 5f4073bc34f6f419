/** A page that cannot be built is no reason for a cluster not to start: it says so where the page would be. */

import { pageAssets } from './build.ts'
import { type Assets, assetOf } from './server/assets.ts'

export async function pageOrNotice(report: (error: unknown) => void): Promise<Assets> {
  try {
    return await pageAssets()
  } catch (error) {
    report(error)
    const text = `<!doctype html><title>Tiphys</title><p>The page could not be built; the log says why: tiphys logs dashboard</p>`
    return new Map([['/index.html', assetOf('index.html', Buffer.from(text))!]])
  }
}
