/**
 * The page's files from its sources: one script, one style sheet, the page itself, under names that change with their
 * contents. Built by esbuild when the sources have changed since, otherwise taken as they were built before.
 */

import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { type Asset, type Assets, assetOf, builtAssets } from './server/assets.ts'

const page = join(import.meta.dirname, 'page')
/** Has a directory for the sources that were built last, named after them. */
const built = join(import.meta.dirname, 'dist')
const modules = join(import.meta.dirname, '..', 'node_modules')

/** @throws Error that says what does not compile, or that esbuild is missing */
export async function pageAssets(): Promise<Assets> {
  const directory = join(built, fingerprint())
  const kept = builtAssets(directory)
  if (kept) return kept
  const assets = await buildPage()
  keep(assets, directory)
  return assets
}

/** Built now, and kept nowhere. */
export async function buildPage(): Promise<Assets> {
  const { build, stop } = await import('esbuild')
  try {
    const { outputFiles } = await build({
      entryPoints: [
        { in: join(page, 'main.tsx'), out: 'page' },
        { in: join(page, 'styles', 'page.css'), out: 'page' },
      ],
      entryNames: '[name]-[hash]',
      outdir: built,
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2023',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'silent',
    })
    const assets = new Map<string, Asset>()
    for (const { path, contents } of outputFiles) {
      const asset = assetOf(basename(path), Buffer.from(contents))
      if (asset) assets.set(`/${basename(path)}`, asset)
    }
    const html = readFileSync(join(page, 'index.html'), 'utf8')
    assets.set('/index.html', assetOf('index.html', Buffer.from(linked(html, assets)))!)
    return assets
  } finally {
    await stop()
  }
}

/** `/page.js` and `/page.css` become the files that they were built to. */
const linked = (html: string, assets: Assets): string =>
  html.replaceAll(/"\/page\.(js|css)"/g, (_, kind: string) => {
    const path = [...assets.keys()].find((name) => name.endsWith(`.${kind}`))
    if (!path) throw new Error(`the page has no .${kind}`)
    return `"${path}"`
  })

/** Of all that the built files depend on. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const files = [
    ...readdirSync(page, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(tsx?|css|html|svg)$/.test(name) && !/\.test\.tsx?$/.test(name))
      .sort()
      .map((name) => join(page, name)),
    join(import.meta.dirname, 'build.ts'),
    ...['esbuild', 'preact', '@preact/signals'].map((name) => join(modules, name, 'package.json')),
  ]
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  return hash.digest('hex').slice(0, 32)
}

/**
 * The next start need not build. The directory appears with all that is in it, so that others may build at the same time;
 * a checkout that may only be read is built each time.
 */
function keep(assets: Assets, directory: string): void {
  try {
    mkdirSync(built, { recursive: true })
    const before = readdirSync(built).map((name) => join(built, name))
    const beside = mkdtempSync(join(built, 'new-'))
    for (const [path, { bytes }] of assets) writeFileSync(join(beside, path), bytes)
    if (existsSync(directory)) rmSync(beside, { recursive: true })
    else renameSync(beside, directory)
    for (const path of before)
      if (path !== directory) rmSync(path, { recursive: true, force: true })
  } catch (error) {
    // Somebody else was faster, or it may not be written: what was built is served all the same.
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EACCES', 'EROFS', 'EPERM', 'ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error
  }
}
