/** The package as somebody has it who installed it: nothing of the project around it but what it depends on. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Built, buildPackage } from './build.ts'
import { entries, packagesOf } from './manifest.ts'
import { reach } from './reach.ts'
import { pagesOf, referenceOf } from './reference.ts'

const root = dirname(import.meta.dirname)

/** The TypeScript in pages that newcomers read, each in a directory of the page's name; tests among it are run. */
const examples = [
  'docs/from-controller-runtime.md',
  'docs/from-kopf.md',
  'docs/custom-resources.md',
  'package/README.md',
].flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, name = '', text = '']) => ({ path: join(basename(page, '.md'), name), text }),
  ),
)

describe('the package', () => {
  const home = mkdtempSync(join(tmpdir(), 'tiphys-package-'))
  const project = join(home, 'project')
  let built: Built
  before(async function () {
    this.timeout(120_000)
    built = await buildPackage(join(home, 'dist'))
    const installed = join(project, 'node_modules')
    mkdirSync(installed, { recursive: true })
    execFileSync('tar', ['-xzf', built.archive.file, '-C', installed])
    execFileSync('mv', [join(installed, 'package'), join(installed, 'tiphys')])
    // What npm would install beside it, and the compiler's types of Node.
    for (const name of [...Object.keys(built.manifest.dependencies), '@types/node', 'undici-types'])
      link(name, installed)
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  })
  after(() => rmSync(home, { recursive: true, force: true }))

  function link(name: string, installed: string) {
    const target = join(root, 'node_modules', name)
    if (!existsSync(target)) return
    mkdirSync(dirname(join(installed, name)), { recursive: true })
    symlinkSync(target, join(installed, name))
  }
  const run = (code: string) => {
    const file = join(project, 'main.js')
    writeFileSync(file, code)
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
      cwd: project,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    return stdout
  }

  it('loads nothing of the server with the framework alone', () => {
    const { files, packages } = reach(built.directory, ['controllers/framework/index.js'], true)
    assert.ok(files.size > 10)
    assert.deepEqual(
      [...files].filter((file) => !/^(api|ports|controllers\/framework)\//.test(file)),
      [],
    )
    assert.deepEqual(packagesOf(packages), ['rxjs'])
  })

  it('needs only what it loads, and no compiler, no client and no server of others', () => {
    const { dependencies } = built.manifest
    for (const name of ['typescript', '@kubernetes/client-node', 'mocha', 'zod', 'fast-check'])
      assert.ok(!Object.hasOwn(dependencies, name), name)
    const { packages } = reach(
      built.directory,
      Object.values(entries).map((entry) => `${entry}.js`),
    )
    assert.deepEqual(Object.keys(dependencies), packagesOf(packages))
  })

  it('is told of in the reference, item by item', () => {
    const page = readFileSync(join(root, 'docs', 'reference.md'), 'utf8')
    assert.ok(
      page === referenceOf(pagesOf(built.directory)),
      'docs/reference.md is old: npm run build',
    )
  })

  it('carries no test and no source', () => {
    const files = execFileSync('tar', ['-tzf', built.archive.file], { encoding: 'utf8' }).split(
      '\n',
    )
    assert.deepEqual(
      files.filter((file) => /\.(test|cases)\.|(?<!\.d)\.ts$|\/fixtures\//.test(file)),
      [],
    )
  })

  it('is typed: what is not declared does not compile, what is does, as do the examples of all pages', function () {
    this.timeout(60_000)
    writeFileSync(join(project, 'site.ts'), program)
    for (const { path, text } of examples) {
      mkdirSync(dirname(join(project, path)), { recursive: true })
      writeFileSync(join(project, path), text)
    }
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2024',
          strict: true,
          noEmit: true,
          // Kinds and controllers may stand in packages of their own: their types must have names.
          declaration: true,
          allowImportingTsExtensions: true,
          types: ['node'],
          skipLibCheck: false,
        },
        files: ['site.ts', ...examples.map(({ path }) => path)],
      }),
    )
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' })
    assert.equal(stdout.replaceAll(home, ''), '')
  })

  for (const { path } of examples.filter(({ path }) => path.endsWith('.test.ts')))
    it(`does what ${path} says`, function () {
      this.timeout(30_000)
      const { status, stderr } = spawnSync(process.execPath, [join(project, path)], {
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr)
    })

  it('runs a World', function () {
    this.timeout(30_000)
    const text = run(`
      import { ConfigMap, controller } from 'tiphys'
      import { startWorld } from 'tiphys/world'
      const copy = controller(ConfigMap).named('copy').owns(ConfigMap).reconcile(async (one, { apply }) => {
        if (one.metadata.name !== 'one') return
        await apply(ConfigMap, { metadata: { name: 'copy' }, data: one.data })
      })
      const world = await startWorld({ controllers: [copy], kinds: [], nodes: 0 })
      await world.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { a: 'b' } })
      await world.converge()
      console.log(JSON.stringify((await world.get(ConfigMap, 'copy')).data))
      await world.close()
    `)
    assert.equal(text.trim(), '{"a":"b"}')
  })
})

const program = `
import { controller, Deployment, int, kind, object, type ObjectOf, requeue, Secret, string } from 'tiphys'
import { startWorld } from 'tiphys/world'

const Site = kind({ group: 'demo.example.com', name: 'Site' }).version('v1', {
  spec: object({ image: string(), replicas: int().default(1) }),
  status: object({ ready: int().optional() }),
})
type Site = ObjectOf<typeof Site>

export const site = controller(Site)
  .owns(Deployment)
  .reconcile(async (one: Site, { apply, read, status }) => {
    // @ts-expect-error Secrets are not among its inputs
    read(Secret)
    // @ts-expect-error a number it is
    const wrong: string = one.spec.replicas
    const { status: found } = await apply(Deployment, { metadata: { name: one.metadata.name }, spec: { replicas: one.spec.replicas } })
    status({ ready: found?.readyReplicas ?? 0 })
    if (wrong) return requeue.after('10s')
  })

export const world = () => startWorld({ kinds: [Site], controllers: [site] })
`
