/** The tutorial, as a reader does it: its files written, its commands run, on a real cluster. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { type Block, tutorial } from '../tutorial.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { bundled } from './programs.ts'

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

describe('the tutorial', () => {
  const home = mkdtempSync(join(tmpdir(), 'tiphys-tutorial-'))
  const project = join(home, 'website')
  // npm finds its registry, and whom it trusts, in the environment.
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${home}/bin:${process.env.PATH}` }
  let cluster: TestCluster
  let background: ChildProcess | undefined
  let printed = ''

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    need(this, hasProgram('npm'), 'needs npm')
    need(this, hasProgram('curl'), 'needs curl')
    cluster = await startCluster({ storage: 'sqlite' })
    env.KUBECONFIG = cluster.kubeconfig
    mkdirSync(join(home, 'bin'))
    command('kubectl', `exec ${bundled('kubectl')} "$@"`)
    const instance = `--name=${cluster.name} --data-dir=${cluster.dataDir} --run-dir=${cluster.runDir}`
    command(
      'tiphys',
      `case $1 in image) set -- "$@" ${instance} ;; esac\nexec ${process.execPath} ${main} "$@"`,
    )
  })
  after(async () => {
    await interrupt()
    await cluster?.reset()
    rmSync(home, { recursive: true, force: true })
  })

  const command = (name: string, script: string) => {
    writeFileSync(join(home, 'bin', name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(home, 'bin', name), 0o755)
  }

  for (const [index, block] of tutorial().entries())
    it(titleOf(block), async function () {
      // A page is read from its beginning.
      if (this.test?.parent?.tests.slice(0, index).some(({ state }) => state === 'failed'))
        this.skip()
      await follow(block)
    })

  async function follow(block: Block): Promise<void> {
    switch (block.type) {
      case 'file':
        writeFileSync(join(project, block.path), block.text)
        return
      case 'run':
        if (block.background) begin(block.script)
        else await execute(block.script)
        return
      case 'output':
        for (const line of block.lines) assert.match(printed, inOrder(line))
        return
      default:
        block satisfies never
    }
  }

  async function execute(script: string): Promise<void> {
    // What runs in the background makes room for the one in the cluster.
    if (script.includes('npm run manifests')) await interrupt()
    const here = script.replaceAll('127.0.0.1', cluster.nodeAddress)
    const cwd = script.startsWith('tiphys new') ? home : project
    const { code, stdout, stderr } = await run('sh', ['-ec', here], { cwd, env })
    printed = stdout + stderr
    assert.equal(code, 0, `${script}\n${printed}`)
  }

  function begin(script: string): void {
    background = spawn('sh', ['-c', `exec ${script}`], { cwd: project, env, stdio: 'ignore' })
  }

  async function interrupt(): Promise<void> {
    if (!background || background.exitCode !== null) return
    const ended = once(background, 'exit')
    background.kill('SIGTERM')
    await ended
  }
})

function titleOf(block: Block): string {
  switch (block.type) {
    case 'file':
      return `has ${block.path}`
    case 'run':
      return `says ${block.script.trim().split('\n')[0]}`
    case 'output':
      return `shows ${block.lines[0]}`
    default:
      return block satisfies never
  }
}

const inOrder = (line: string): RegExp =>
  new RegExp(
    line
      .split(/\s+/)
      .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('\\s+'),
  )
