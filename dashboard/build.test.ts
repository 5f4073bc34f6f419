/** What the page weighs, and that it needs nothing from anywhere else. */

import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { buildPage } from './build.ts'
import type { Assets } from './server/assets.ts'

describe('the page as it is built', () => {
  let assets: Assets
  before(async () => {
    assets = await buildPage()
  })

  it('has at most 60 KB of script as it travels', () => {
    const scripts = [...assets].filter(([path]) => path.endsWith('.js'))
    const bytes = scripts.reduce((sum, [, asset]) => sum + gzipSync(asset.bytes).length, 0)
    assert.ok(scripts.length > 0 && bytes <= 60 * 1024, `${bytes} bytes`)
  })

  it('names no other place', () => {
    // Names of things, not addresses of them.
    const names = /http:\/\/www\.w3\.org\/(1999\/xhtml|2000\/svg|1998\/Math\/MathML|1999\/xlink)/g
    for (const [path, { bytes }] of assets) {
      const text = bytes.toString().replaceAll(names, '')
      assert.doesNotMatch(text, /(https?|wss?):\/\/|url\(['"]?\/\/|(src|href)="\/\/|@import/, path)
    }
  })

  it('has no script and no style within its text, and asks only for what is there', () => {
    const html = assets.get('/index.html')?.bytes.toString() ?? ''
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
    const asked = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = '']) => path)
    assert.equal(asked.length, 2)
    for (const path of asked) assert.equal(assets.get(path)?.lasting, true, path)
  })
})
