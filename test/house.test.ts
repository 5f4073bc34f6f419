/** The laws of the house that a machine can check: who may import whom, and what comes in as a port. */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const sources = globSync(
  '{api,apiserver,cli,controllers,crds,dashboard,history,kubelet,ports,recordings,rollouts,world}/**/*.ts',
  {
    cwd: root,
  },
)
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

/** Whether a file imports values of a package, and not only types. */
const loads = (name: string) => (file: string) =>
  new RegExp(`^import (?!type )[^']*'${name}'$`, 'm').test(readFileSync(join(root, file), 'utf8'))

const within = (file: string, folder: string) => file.startsWith(`${folder}/`)

/** The errors of the API, which every room may throw. */
const errors = 'apiserver/http/status.ts'

/** Each folder with the only others that it may import: folders, or single files of them. */
const mayImport: Record<string, string[]> = {
  ports: [],
  api: ['ports'],
  'apiserver/storage': ['ports'],
  'apiserver/watch': ['api', 'ports', 'apiserver/storage'],
  'apiserver/cel': ['api', 'apiserver/schema', 'apiserver/resources'],
  'apiserver/patch': ['api', 'apiserver/schema', errors],
  'apiserver/apply': ['api', 'apiserver/patch', 'apiserver/resources', 'apiserver/schema', errors],
  'apiserver/schema': ['api', 'apiserver/apply', 'apiserver/cel', 'apiserver/resources', errors],
  'apiserver/resources': [
    'api',
    'ports',
    'apiserver/schema',
    'apiserver/flowcontrol/configuration.ts',
    'apiserver/admission/policies',
    errors,
  ],
  'apiserver/registry': [
    'api',
    'ports',
    'apiserver/admission/admission.ts',
    'apiserver/apply',
    'apiserver/patch',
    'apiserver/resources',
    'apiserver/schema',
    'apiserver/storage',
    'apiserver/watch',
    errors,
  ],
  'apiserver/auth': [
    'api',
    'ports',
    'controllers/framework',
    'apiserver/admission/admission.ts',
    'apiserver/registry',
    'apiserver/resources',
    'apiserver/schema',
    'apiserver/watch',
    errors,
  ],
  'apiserver/flowcontrol': [
    'api',
    'ports',
    'controllers/framework',
    'apiserver/auth/authorization.ts',
    'apiserver/registry',
    errors,
  ],
  'apiserver/audit': [
    'api',
    'ports',
    'apiserver/auth/authorization.ts',
    'apiserver/http',
    'apiserver/registry',
    'apiserver/resources/name-validation.ts',
    'apiserver/schema',
  ],
  'apiserver/admission': [
    'api',
    'ports',
    'controllers/framework',
    'apiserver/apply',
    'apiserver/auth',
    'apiserver/cel',
    'apiserver/patch',
    'apiserver/registry',
    'apiserver/resources',
    'apiserver/schema',
    'apiserver/storage',
    'apiserver/watch',
    'apiserver/webhooks',
    errors,
  ],
  'apiserver/webhooks': [
    'api',
    'ports',
    'apiserver/admission',
    'apiserver/patch',
    'apiserver/registry',
    'apiserver/resources',
    'apiserver/schema',
    'apiserver/watch',
    errors,
  ],
  'apiserver/crds': [
    'api',
    'ports',
    'apiserver/registry',
    'apiserver/resources',
    'apiserver/schema',
    'apiserver/storage',
    'apiserver/watch',
    'apiserver/webhooks',
    errors,
  ],
  'apiserver/bootstrap': [
    'api',
    'ports',
    'controllers/framework',
    'apiserver/auth/policy',
    'apiserver/auth/rbac',
    'apiserver/flowcontrol/configuration.ts',
    'apiserver/resources',
  ],
  'apiserver/past': [
    'api',
    'ports',
    'recordings',
    'rollouts',
    'apiserver/auth/authorization.ts',
    'apiserver/http',
    'apiserver/registry',
    'apiserver/resources',
    'apiserver/storage',
    'apiserver/watch',
  ],
  'apiserver/proxy': [
    'api',
    'ports',
    'apiserver/auth/bearer-token.ts',
    'apiserver/http',
    'apiserver/registry',
  ],
  'apiserver/streaming': [
    'api',
    'ports',
    'apiserver/auth/bearer-token.ts',
    'apiserver/http',
    'apiserver/resources',
  ],
  'controllers/framework': ['api', 'ports'],
  'controllers/framework/schema': ['api', 'ports'],
  kubelet: ['api', 'ports', 'controllers/framework'],
  rollouts: ['api', 'ports'],
  recordings: ['api', 'ports', 'rollouts'],
  history: ['api', 'controllers/framework'],
  'dashboard/server': [
    'api',
    'ports',
    'rollouts',
    'recordings',
    'controllers/framework',
    'dashboard/protocol.ts',
    'history',
  ],
  'dashboard/page': ['dashboard/protocol.ts'],
  world: ['api', 'ports', 'controllers', 'apiserver', 'kubelet'],
}

describe('the house', () => {
  for (const [folder, allowed] of Object.entries(mayImport))
    it(`${folder} imports ${allowed.join(', ') || 'nothing else of the project'}`, () => {
      for (const file of product.filter((name) => within(name, folder)))
        for (const path of importsOf(file))
          assert.ok(
            [folder, ...allowed].some((known) => path === known || within(path, known)),
            `${file} imports ${path}`,
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

  it('custom resources and their controllers know the public entries alone', () => {
    const [framework, world] = ['controllers/framework/index.ts', 'world/index.ts']
    for (const file of sources.filter((name) => within(name, 'crds'))) {
      const room = file.split('/').slice(0, 2).join('/')
      const entries = isTest(file) ? [framework, world] : [framework]
      for (const path of importsOf(file))
        assert.ok(within(path, room) || entries.includes(path), `${file} imports ${path}`)
    }
  })

  it('time, chance, environment and the end of the process come in as ports', () => {
    const ambient =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(exit|env)\b|(?<!\.)\bset(Timeout|Interval)\(|\brandomUUID\(|\b(debounce|throttle|audit|sample|buffer)Time\(/
    const owners =
      /(^|\/)main\.ts$|^ports\/|^cli\/|-process\.ts$|^apiserver\/schema\/facts\/build\.ts$/
    for (const file of product.filter((name) => !owners.test(name)))
      for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
        const code = line.replace(/\/\/.*|^\s*\*.*/, '')
        assert.ok(!ambient.test(code), `${file}:${index + 1}: ${line.trim()}`)
      }
  })

  it('RxJS is loaded by the part: all of it costs a process 7 MB, and a test of a controller some patience', () => {
    const servers = product.filter((file) => within(file, 'apiserver') || within(file, 'kubelet'))
    assert.deepEqual(servers.filter(loads('rxjs')), [])
  })

  it('node:http is taken where it costs nothing: importing it would load all of fetch', () => {
    assert.deepEqual(product.filter(loads('node:http')), [])
  })

  it('has no room for odds and ends', () => {
    const odds = sources.filter((file) =>
      /(^|\/)(utils?|helpers?|misc|common)(\/|\.ts$)/.test(file),
    )
    assert.deepEqual(odds, [])
  })
})
