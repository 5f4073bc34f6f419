/** What a new project says, as text; that it runs is for the end-to-end tests. */

import assert from 'node:assert/strict'
import { globSync, readFileSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { kind, object } from '../../controllers/framework/index.ts'
import { filledIn, kindFrom, packageJson, refusal } from './project.ts'

const template = join(import.meta.dirname, 'template')
const names = { name: 'shop-window', group: 'shop.example.org', kind: 'ShopWindow' }
const files = globSync('**/*', { cwd: template }).filter((file) =>
  statSync(join(template, file)).isFile(),
)
const filled = (file: string) => filledIn(readFileSync(join(template, file), 'utf8'), names)

describe('a new project', () => {
  it('speaks of itself alone', () => {
    assert.ok(files.length > 8)
    for (const file of files) {
      assert.doesNotMatch(filled(file), /example(?!\.org)/i, file)
      assert.doesNotMatch(filled(file), /\.\.\/\.\.\//, file)
    }
  })

  it('imports the framework and the World by the names of the package', () => {
    assert.match(filled('src/controller.ts'), /from 'tiphys'/)
    assert.match(filled('test/controller.test.ts'), /from 'tiphys\/world'/)
  })

  it('has its kind, group and name in their places', () => {
    assert.match(
      filled('src/kind.ts'),
      /kind\(\{ group: 'shop\.example\.org', name: 'ShopWindow' \}\)/,
    )
    assert.match(filled('src/main.ts'), /\{ name: 'shop-window', kinds: \[ShopWindow\]/)
    assert.match(filled('src/main.ts'), /shopWindowController/)
    assert.match(filled('README.md'), /kubectl get shopwindows/)
    assert.match(filled('README.md'), /image build \. -t shop-window:v1/)
    assert.match(
      filled('manifests/sample.yaml'),
      /apiVersion: shop\.example\.org\/v1\nkind: ShopWindow/,
    )
  })

  it('speaks of its kind in the plural that kind() makes', () => {
    const { plural } = kind({ group: names.group, name: 'Policy' }).version('v1', {
      spec: object({}),
    })
    const text = filledIn('kubectl get examples', { ...names, kind: 'Policy' })
    assert.equal(text, `kubectl get ${plural}`)
  })

  it('asks for the versions that this project is tested with', () => {
    const needed = ['@types/mocha', '@types/node', 'mocha', 'node', 'typescript']
    const versions = Object.fromEntries(needed.map((name, index) => [name, `${index}.0.0`]))
    const manifest = JSON.parse(packageJson(names, 'vendor/tiphys-0.1.0.tgz', versions))
    assert.equal(manifest.name, 'shop-window')
    assert.equal(manifest.dependencies.tiphys, 'file:vendor/tiphys-0.1.0.tgz')
    assert.deepEqual(manifest.devDependencies, versions)
    const { mocha: _, ...others } = versions
    assert.throws(() => packageJson(names, 'x.tgz', others), /no version of mocha is known/)
  })

  it('is TypeScript though its kind is called as a word of the language', () => {
    for (const kind of ['New', 'Class', 'Status', 'Apply'])
      for (const file of files.filter((name) => name.endsWith('.ts'))) {
        const text = filledIn(readFileSync(join(template, file), 'utf8'), { ...names, kind })
        assert.doesNotThrow(() => stripTypeScriptTypes(text), `${file} with kind ${kind}`)
      }
  })

  it('takes its kind from its name', () => {
    assert.equal(kindFrom('website'), 'Website')
    assert.equal(kindFrom('shop-window-2'), 'ShopWindow2')
  })

  it('refuses names that could not be used', () => {
    assert.equal(refusal(names), undefined)
    assert.match(refusal({ ...names, name: 'Shop' })!, /lower-case/)
    assert.match(refusal({ ...names, name: '../shop' })!, /no name for a project/)
    assert.match(refusal({ ...names, group: 'shop' })!, /a domain of yours/)
    assert.match(refusal({ ...names, group: 'apps.k8s.io' })!, /belongs to Kubernetes/)
    assert.match(refusal({ ...names, kind: 'shop' })!, /upper-case letter first/)
    assert.match(refusal({ ...names, kind: 'Deployment' })!, /own files need/)
  })
})
