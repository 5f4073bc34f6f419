/**
 * What `tiphys new` writes is run by `tiphys dev`, and anew when it changes; its manifests give the rights it declares.
 * That its packages come from a registry and that it runs as a pod is the tutorial's matter.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../cli/command.ts'
import { startCluster, type TestCluster } from './cluster.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'cli', 'main.ts')

interface Window {
  status?: { ready?: number; conditions?: { reason: string }[] }
}

describe('a new controller', () => {
  const home = mkdtempSync(join(tmpdir(), 'tiphys-new-'))
  const project = join(home, 'shop-window')
  const env = process.env
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated' })
  })
  after(async () => {
    await cluster?.reset()
    rmSync(home, { recursive: true, force: true })
  })

  const words = ['new', 'controller', 'shop-window', '--group=shop.example.org', '--no-install']
  const edit = (file: string, from: string, to: string) => {
    const text = readFileSync(join(project, file), 'utf8')
    assert.ok(text.includes(from), `${file} says ${from}`)
    writeFileSync(join(project, file), text.replaceAll(from, to))
  }
  const readyWith = (reason: string, ready: number) =>
    cluster.waitUntil<Window>(
      'shopwindow/one',
      ({ status }) => status?.ready === ready && status.conditions?.[0]?.reason === reason,
    )

  it('is a project with everything in it', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [main, ...words], {
      cwd: home,
      env,
    })
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /Next: cd .*shop-window && npm install && npm test/)
    for (const file of ['src/kind.ts', 'Dockerfile', '.dockerignore', 'manifests/sample.yaml'])
      assert.ok(existsSync(join(project, file)), file)
  })

  it('is not written over another', async () => {
    const { code, stderr } = await run(process.execPath, [main, ...words], { cwd: home, env })
    assert.equal(code, 1)
    assert.match(stderr, /shop-window is not empty/)
  })

  it('is not run before its packages are there', async () => {
    const { code, stderr } = await run(process.execPath, [main, 'dev'], { cwd: project, env })
    assert.equal(code, 1)
    assert.match(stderr, /are not installed\n +npm install/)
  })

  describe('run by tiphys dev', () => {
    let child: ChildProcess
    let ended: Promise<unknown>
    before(() => {
      install()
      const flags = [`--directory=${project}`, `--kubeconfig=${cluster.kubeconfig}`]
      child = spawn(process.execPath, [main, 'dev', ...flags], { stdio: 'ignore', env })
      ended = once(child, 'exit')
    })
    after(async () => {
      child.kill('SIGTERM')
      await ended
    })

    it('installs its kind and does its work', async () => {
      await cluster.waitFor('crd/shopwindows.shop.example.org', 'create', { timeoutSeconds: 60 })
      await cluster.waitFor('crd/shopwindows.shop.example.org', 'condition=Established')
      await cluster.kubectl(['apply', '-f', join(project, 'manifests', 'sample.yaml')])
      await readyWith('AllReady', 2)
      assert.match(await cluster.kubectl(['get', 'shopwindows']), /one +hello:v1 +2/)
    })

    it('does it otherwise as soon as its files say so', async () => {
      edit('src/controller.ts', 'AllReady', 'Complete')
      await readyWith('Complete', 2)
    })
  })

  describe('by its manifests', () => {
    it('may do what it declares, and nothing else', async () => {
      const program = [join(project, 'src', 'main.ts'), 'manifests']
      const manifests = execFileSync(process.execPath, program, { encoding: 'utf8', cwd: project })
      await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
        input: manifests,
      })
      await cluster.rolledOut('deployment/shop-window', { namespace: 'shop-window' })
      const account = 'system:serviceaccount:shop-window:shop-window'
      const may = async (...question: string[]) =>
        (await cluster.tryKubectl(['auth', 'can-i', ...question, `--as=${account}`])).stdout.trim()
      assert.equal(await may('patch', 'deployments.apps'), 'yes')
      assert.equal(await may('update', 'shopwindows.shop.example.org/status'), 'yes')
      assert.equal(await may('list', 'secrets'), 'no')
    })
  })

  /** Its own framework, from the archive in the project; of all other packages, those that are here. */
  function install(): void {
    const modules = join(project, 'node_modules')
    mkdirSync(modules)
    for (const name of readdirSync(join(root, 'node_modules')))
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
    const [archive = ''] = globSync('vendor/*.tgz', { cwd: project })
    execFileSync('tar', ['-xzf', join(project, archive), '-C', modules])
    renameSync(join(modules, 'package'), join(modules, 'tiphys'))
  }
})
