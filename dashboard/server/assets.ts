/** The page's files, held in memory: they are few and small. No path leads from a request to the disk. */

import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

export interface Asset {
  bytes: Buffer
  /** Content-Type. */
  type: string
  /** Its name changes with its content. */
  lasting: boolean
}

/** By path: `/index.html`. */
export type Assets = ReadonlyMap<string, Asset>

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.json', 'application/json'],
])

/** `undefined` for a file that the page has no use for. */
export function assetOf(name: string, bytes: Buffer): Asset | undefined {
  const type = types.get(extname(name))
  return type === undefined ? undefined : { bytes, type, lasting: /-[A-Z0-9]{8}\.\w+$/.test(name) }
}

/** What was built before; `undefined` where nothing was, or somebody takes it away just now. */
export function builtAssets(directory: string): Assets | undefined {
  try {
    const assets = new Map<string, Asset>()
    for (const name of readdirSync(directory)) {
      const asset = assetOf(name, readFileSync(join(directory, name)))
      if (asset) assets.set(`/${name}`, asset)
    }
    return assets.has('/index.html') ? assets : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
