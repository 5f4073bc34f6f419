/** What people install is what the programs print: `node crds/NAME/main.ts manifests --output crds/NAME/manifests/install.yaml`. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

describe('manifests', () => {
  for (const path of globSync('*/manifests/install.yaml', { cwd: import.meta.dirname })) {
    const room = dirname(dirname(path))
    it(`of ${room} are those that its program prints`, async () => {
      const main = join(import.meta.dirname, room, 'main.ts')
      const { stdout } = await promisify(execFile)(process.execPath, [main, 'manifests'])
      assert.equal(readFileSync(join(import.meta.dirname, path), 'utf8'), stdout)
    })
  }
})
