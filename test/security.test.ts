/** The tests that `docs/security.md` names are there, so that the table cannot outlive them. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

describe('the table of what has gone wrong before', () => {
  const table = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const rows = [...table.matchAll(/^\| (.+) \| `(.+\.ts)`: (.+) \|$/gm)]

  it('has a test in every row', () => {
    const lines = table.split('\n').filter((line) => /^\| (?!What goes)/.test(line))
    assert.equal(rows.length, lines.length)
    assert.ok(rows.length > 40)
  })

  it('names tests that are there', () => {
    for (const [, what, file = '', title = ''] of rows) {
      const path = join(root, file)
      assert.ok(existsSync(path), `${what}: ${file}`)
      const text = readFileSync(path, 'utf8').replaceAll("\\'", "'")
      assert.ok(text.includes(title), `${what}: ${file} has no test "${title}"`)
    }
  })
})
