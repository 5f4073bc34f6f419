import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { SieveError, sieve } from './index.ts'
import { forgetful } from './testing/shelf.ts'

const root = join(import.meta.dirname, '../..')
const here = (path: string): string => pathToFileURL(join(root, path)).href
const run = promisify(execFile)

async function failure(): Promise<SieveError> {
  try {
    await sieve(forgetful)
  } catch (error) {
    if (error instanceof SieveError) return error
    throw error
  }
  return assert.fail('nothing was found')
}

describe('what a sieve says of a failure', function () {
  this.timeout(180_000)
  let error: SieveError
  before(async () => {
    error = await failure()
  })

  it('is what goes wrong, where, and what shows it', () => {
    const text = error.message.split('\nAs a test:')[0]
    assert.equal(
      text,
      `ConfigMap default/a-1 is absent in the end, and {"apiVersion":"v1","data":{"title":"one"},"kind":"ConfigMap","metadata":{"cre... when nothing goes wrong (and 2 more) (end state).

What goes wrong: the process crashes at its request 1 (apply ConfigMap default/a-0), which has been applied, and starts anew.
Seed 1, plan 1 of 70. The smallest scenario that shows it:
  1. create Shelf default/a

The first write that differs, after others that are the same:
           user created Shelf default/a
           controllers created ConfigMap default/a-0
  expected controllers created ConfigMap default/a-1
  actual   nothing more
`,
    )
  })

  it('ends with a test that runs as it is and fails in the same way', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sieve-'))
    try {
      const file = join(folder, 'pasted.test.ts')
      const text = error.test
        .replace("'tiphys/world'", `'${here('world/index.ts')}'`)
        .replace("'./testing/shelf.ts'", `'${here('world/sieve/testing/shelf.ts')}'`)
      await writeFile(file, text)
      const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
      const options = { cwd: root, timeout: 120_000 }
      const pasted = run(process.execPath, [mocha, '--timeout', '100000', file], options)
      await assert.rejects(pasted, ({ stdout }: { stdout: string }) => {
        assert.match(stdout, /1 failing/)
        assert.match(stdout, /ConfigMap default\/a-1 is absent in the end/)
        assert.match(
          stdout,
          /at its request 1 \(apply ConfigMap default\/a-0\), which has been applied/,
        )
        return true
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
