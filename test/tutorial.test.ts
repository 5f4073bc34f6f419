import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tutorial } from './tutorial.ts'

const room = join(import.meta.dirname, '../crds/website')

/** Where each file of the tutorial's project comes from. */
const sources = new Map([
  ['src/kind.ts', 'kind.ts'],
  ['src/parts.ts', 'parts.ts'],
  ['src/controller.ts', 'controller.ts'],
  ['test/controller.test.ts', 'website.test.ts'],
  ['test/controller.sieve.test.ts', 'website.sieve.test.ts'],
  ['manifests/sample.yaml', 'manifests/sample.yaml'],
])

/** In a project the framework is a package, and tests stand beside the sources' directory. */
const inProject = (text: string, path: string) =>
  text
    .replaceAll(/'(?:\.\.\/)+controllers\/framework\/index\.ts'/g, "'tiphys'")
    .replaceAll(/'(?:\.\.\/)+world\/index\.ts'/g, "'tiphys/world'")
    .replaceAll(/'\.\/(\w+)\.ts'/g, path.startsWith('test/') ? "'../src/$1.ts'" : "'./$1.ts'")

describe('the tutorial', () => {
  const files = tutorial().filter((block) => block.type === 'file')

  it('shows every file of the website', () =>
    assert.deepEqual(
      files.map(({ path }) => path),
      [...sources.keys()],
    ))

  for (const { path, text } of files)
    it(`shows ${path} as it is`, () => {
      const source = readFileSync(join(room, sources.get(path) ?? path), 'utf8')
      assert.equal(text, inProject(source, path))
    })
})
