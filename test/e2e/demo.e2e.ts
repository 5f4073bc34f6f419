/** The demo as people start it: it tells its story to the end, and leaves nothing behind, also when it is interrupted. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../../cli/command.ts'
import { bundled } from './programs.ts'

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

describe('the demo', () => {
  let directory: string
  let env: Record<string, string | undefined>
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'tiphys-demo-test-'))
    const PATH = `${dirname(bundled('kubectl'))}:${process.env.PATH}`
    const { NODE_COMPILE_CACHE } = process.env
    env = { PATH, HOME: directory, TMPDIR: directory, NODE_COMPILE_CACHE }
  })
  after(() => rmSync(directory, { recursive: true }))

  /** Everything it makes is below its temporary directory; what runs of it is told by that. */
  async function assertNothingIsLeft() {
    assert.deepEqual(readdirSync(directory), [])
    const { stdout } = await run('ps', ['-eo', 'args'])
    assert.ok(!stdout.includes(directory), stdout)
  }

  it('goes wrong, explains itself, is undone and replayed', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [main, 'run-demo', '--fast'], {
      env,
      timeoutMs: 150_000,
    })
    assert.equal(code, 0, stdout + stderr)
    const story = [
      /^\$ kubectl apply -f web\.yaml\ndeployment\.apps\/web created\n/m,
      /^\$ tiphys rollout watch deploy\/web --fail-fast\n.* image "web\.invalid\/web:1\.4" cannot be pulled/m,
      /^\$ tiphys why deploy\/web\n[^$]*\(kubectl set, alice\)\n/m,
      /^\$ tiphys rollout undo deploy\/web\n[^$]*Goes back to \w+\./m,
      /^\$ tiphys rollout watch deploy\/web\n[^$]* All 4 replicas are up to date and available\.\n/m,
      /^\$ tiphys why pod\/\S+\nPod "\S+" is gone\.\n[^$]*\(tiphys-rollout, alice\)\n/m,
      /^\$ tiphys rollout watch deploy\/web --at r\d+\n as of .*, r\d+ \n[^$]* failing /m,
      /^\$ tiphys rollout replay web\.jsonl\.gz --play\n[^$]*deployment\/web complete: web:1\.3\n/m,
      /everything of it removed/,
    ]
    let rest = stdout
    for (const chapter of story) {
      const found = chapter.exec(rest)
      assert.ok(found, `${chapter} is missing in:\n${rest}`)
      rest = rest.slice(found.index + 1)
    }
    assert.ok(!stdout.includes('\x1b'), 'no terminal, no colours')
    await assertNothingIsLeft()
  })

  it('removes everything when it is interrupted', async () => {
    const child = spawn(process.execPath, [main, 'run-demo'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    let text = ''
    // The cluster runs by then; and somebody loses patience.
    const moments = ['✓ a cluster for the demo', 'The demo was interrupted']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (!text.includes(moments[0] ?? '\0')) return
      moments.shift()
      child.kill('SIGINT')
    })
    assert.deepEqual(await exited, [130, null], text)
    assert.match(text, /\nThe demo was interrupted\.\n.*everything of it removed/)
    await assertNothingIsLeft()
  })
})
