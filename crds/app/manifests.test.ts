import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

describe('the manifest that installs apps', () => {
  it('is what the program prints', function () {
    this.timeout(20_000)
    const main = join(import.meta.dirname, 'main.ts')
    const printed = execFileSync(process.execPath, [main, 'manifests'], { encoding: 'utf8' })
    const kept = readFileSync(join(import.meta.dirname, 'manifests/install.yaml'), 'utf8')
    assert.equal(kept, printed, 'node crds/app/main.ts manifests > crds/app/manifests/install.yaml')
  })
})
