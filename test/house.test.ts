/** The laws of the house that a machine can check: who may import whom, and what comes in as a port. */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const sources = globSync('{api,apiserver,cli,controllers,kubelet,ports}/**/*.ts', { cwd: root })
const isTest = (file: string) =>
  /\.(test|cases)\.ts$|^apiserver\/wire\//.test(file) ||
  /(^|\/)(test|testing|stage|examples|reference)[-./]/.test(file)
const product = sources.filter((file) => !isTest(file))

/** What a file imports at run time or for its types, as paths from the root; packages are left out. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(root, join(root, dirname(file), path)),
  )
}

const within = (file: string, folder: string) => file.startsWith(`${folder}/`)

/** Each folder with the only other ones that it may import. */
const mayImport: Record<string, string[]> = {
  ports: [],
  api: ['ports'],
  'apiserver/storage': ['ports'],
  'apiserver/watch': [
    'api',
    'ports',
    'apiserver/storage',
    'apiserver/registry',
    'apiserver/resources',
  ],
  'controllers/framework': ['api', 'ports'],
  kubelet: ['api', 'ports', 'controllers/framework'],
}

describe('the house', () => {
  for (const [folder, allowed] of Object.entries(mayImport))
    it(`${folder} imports ${allowed.join(', ') || 'nothing else of the project'}`, () => {
      for (const file of product.filter((name) => within(name, folder)))
        for (const path of importsOf(file))
          assert.ok(
            [folder, ...allowed].some((known) => within(path, known)),
            `${file} imports ${path}`,
          )
    })

  it('the registry knows nothing of HTTP but its errors', () => {
    for (const file of product.filter((name) => within(name, 'apiserver/registry')))
      for (const path of importsOf(file))
        assert.ok(
          !within(path, 'apiserver/http') || path.endsWith('/status.ts'),
          `${file}: ${path}`,
        )
  })

  it('built-in controllers and the node agent use the framework through its public entry', () => {
    const outside = product.filter(
      (name) =>
        (within(name, 'controllers') || within(name, 'kubelet')) &&
        !within(name, 'controllers/framework'),
    )
    for (const file of outside)
      for (const path of importsOf(file))
        if (within(path, 'controllers/framework'))
          assert.equal(path, 'controllers/framework/index.ts', file)
  })

  it('time, chance, environment and the end of the process come in as ports', () => {
    const ambient =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(exit|env)\b|(?<!\.)\bset(Timeout|Interval)\(|\brandomUUID\(/
    const owners =
      /(^|\/)main\.ts$|^ports\/|^cli\/|-process\.ts$|^apiserver\/schema\/facts\/build\.ts$/
    for (const file of product.filter((name) => !owners.test(name)))
      for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
        const code = line.replace(/\/\/.*|^\s*\*.*/, '')
        assert.ok(!ambient.test(code), `${file}:${index + 1}: ${line.trim()}`)
      }
  })

  it('has no room for odds and ends', () => {
    const odds = sources.filter((file) =>
      /(^|\/)(utils?|helpers?|misc|common)(\/|\.ts$)/.test(file),
    )
    assert.deepEqual(odds, [])
  })
})
