/** From nothing to a controller in a pod: what `tiphys new` writes passes its own tests, runs here, and runs there. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

interface Window {
  status?: { ready?: number; conditions?: { reason: string }[] }
}

describe('a new controller', () => {
  const home = mkdtempSync(join(tmpdir(), 'tiphys-new-'))
  const project = join(home, 'shop-window')
  const env = process.env
  let cluster: TestCluster
  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    need(this, hasProgram('npm'), 'needs npm')
    cluster = await startCluster({ storage: 'sqlite' })
  })
  after(async () => {
    await cluster?.reset()
    rmSync(home, { recursive: true, force: true })
  })

  const demand = async (program: string, args: string[], cwd = project) => {
    const { code, stdout, stderr } = await run(program, args, { cwd, env })
    assert.equal(code, 0, `${program} ${args.join(' ')}:\n${stdout}${stderr}`)
    return stdout
  }
  const edit = (file: string, from: string, to: string) => {
    const text = readFileSync(join(project, file), 'utf8')
    assert.ok(text.includes(from), `${file} says ${from}`)
    writeFileSync(join(project, file), text.replaceAll(from, to))
  }
  const readyWith = (reason: string, ready: number) =>
    cluster.waitUntil<Window>(
      'shopwindow/one',
      ({ status }) => status?.ready === ready && status.conditions?.[0]?.reason === reason,
      { timeoutSeconds: 60 },
    )

  it('is a project with everything in it, which is not written over another', async () => {
    const words = ['new', 'controller', 'shop-window', '--group=shop.example.org']
    await demand(process.execPath, [main, ...words], home)
    for (const file of ['src/kind.ts', 'Dockerfile', '.dockerignore', 'node_modules/tiphys'])
      assert.ok(existsSync(join(project, file)), file)
    const again = await run(process.execPath, [main, ...words], { cwd: home, env })
    assert.equal(again.code, 1)
    assert.match(again.stderr, /shop-window is not empty/)
  })

  it('passes its own tests', async () => {
    const output = await demand('npm', ['test'])
    assert.match(output, /5 passing/)
  })

  describe('run by tiphys dev', () => {
    let child: ChildProcess
    let ended: Promise<unknown>
    before(() => {
      child = spawn(
        process.execPath,
        [main, 'dev', `--directory=${project}`, `--kubeconfig=${cluster.kubeconfig}`],
        { stdio: 'ignore', env },
      )
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

  describe('in the cluster', () => {
    it('runs as a pod that may do what it declares, and nothing else', async () => {
      await demand('npm', ['run', 'manifests'])
      const image = await cluster.tiphys('image node')
      assert.equal(image.code, 0, image.stderr)
      const base = /FROM (\S+)/.exec(image.stdout)?.[1]
      const built = await cluster.tiphys(
        'image build',
        project,
        '-t',
        'shop-window:v1',
        `--build-arg=BASE=${base}`,
      )
      assert.equal(built.code, 0, built.stderr)
      await cluster.kubectl([
        'apply',
        '--server-side',
        '--force-conflicts',
        '-f',
        join(project, 'manifests', 'shop-window.yaml'),
      ])
      await cluster.rolledOut('deployment/shop-window', { namespace: 'shop-window' })
      await cluster.kubectl([
        'patch',
        'shopwindow',
        'one',
        '--type=merge',
        '-p',
        '{"spec":{"replicas":1}}',
      ])
      await readyWith('Complete', 1)
      const account = 'system:serviceaccount:shop-window:shop-window'
      const may = (...words: string[]) =>
        cluster.tryKubectl(['auth', 'can-i', ...words, `--as=${account}`])
      assert.equal((await may('patch', 'deployments.apps')).stdout.trim(), 'yes')
      assert.equal((await may('list', 'secrets')).stdout.trim(), 'no')
    })
  })
})
