/** Rollouts as people and scripts see them: the real command on a cluster whose node is simulated. */

import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../cli/command.ts'
import { hasProgram, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { kubectls } from './programs.ts'
import { Terminal } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'cli', 'main.ts')

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { 'tiphys.dev/simulated-ready': '1s' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'app',
            image: 'web:1.2',
            readinessProbe: { periodSeconds: 1, httpGet: { port: 80 } },
          },
        ],
      },
    },
  },
}

/** The simulated node knows every image but those of this domain. */
const absent = 'web.invalid/web:1.4'

/** The shell waits again, below the line that the watch leaves. */
const prompt = /be pulled[\s\S]*\n\$\s*$/

describe('rollouts on the command line', () => {
  let cluster: TestCluster
  let env: Record<string, string>

  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated' })
    env = { HOME: dirname(cluster.kubeconfig), KUBECONFIG: cluster.kubeconfig }
  })
  after(() => cluster?.reset())

  const tiphys = (...words: string[]) =>
    run(process.execPath, [main, ...words], { env, timeoutMs: 60_000 })
  const setImage = (image: string) =>
    cluster.kubectl(['set', 'image', 'deployment/web', `app=${image}`])
  const watch = (...flags: string[]) => tiphys('rollout', 'watch', 'deploy/web', ...flags)

  it('are followed line by line to a good end', async () => {
    await cluster.apply(web)
    const { code, stdout } = await watch()
    assert.equal(code, 0, stdout)
    const lines = stdout.trimEnd().split('\n')
    const stamped = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ default\/web \w+ {2}new \d of 4 available/
    for (const line of lines) assert.match(line, stamped)
    assert.match(lines.at(-1) ?? '', /All 4 replicas are up to date and available\.$/)
    assert.ok(!stdout.includes('\x1b'), 'no terminal, no control sequences')
  })

  it('are told to programs as one object a change', async () => {
    await setImage('web:1.3')
    const { code, stdout } = await watch('-o', 'jsonl')
    assert.equal(code, 0, stdout)
    const changes = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(changes.at(-1).outcome, 'complete')
    assert.equal(new Set(changes.map((change) => JSON.stringify(change))).size, changes.length)
    for (const { gauge } of changes) assert.ok(gauge.oldAvailable + gauge.newAvailable >= 3)
  })

  it('fail at once on an image that is not there, for who has no patience', async () => {
    await setImage(absent)
    const { code, stdout } = await watch('--fail-fast', '--timeout=50s')
    assert.equal(code, 2, stdout)
    assert.match(stdout, /image "web\.invalid\/web:1\.4" cannot be pulled/)
    assert.match(stdout, /\n {2}-> Correct the image/)
  })

  it('end with a code of their own when only the time was up', async () => {
    const { code, stdout } = await watch('--timeout=1s')
    assert.equal(code, 3, stdout)
  })

  it('are explained, with who began them', async () => {
    const { code, stdout } = await tiphys('why', 'deploy/web')
    assert.equal(code, 0)
    assert.match(stdout, /^Pod "web-\w+-\w+", container "app": image "web\.invalid/)
    assert.match(stdout, /^Deployment web image web:1\.3 -> web\.invalid.* \(kubectl set, .+\)$/m)
    const pod = /Pod "([^"]+)"/.exec(stdout)?.[1]
    const { stdout: life } = await tiphys('why', `pod/${pod}`)
    assert.match(life, /cannot be pulled/)
    assert.match(life, /<- ReplicaSet web-.*\n( {3}.*\n)?<- Deployment web image web:1\.3 -> web\./)
  })

  it('are undone by name, once it was shown, as kubectl would', async () => {
    const dry = await tiphys('rollout', 'undo', 'deploy/web', '--dry-run')
    assert.equal(dry.code, 0, dry.stderr)
    assert.match(dry.stdout, /undo to \w+ \(image web\.invalid\/web:1\.4 -> web:1\.3\)/)
    assert.match(dry.stdout, /\n {2}- web\.invalid\/web:1\.4\n {2}\+ web:1\.3\n/)
    assert.match(dry.stdout, /the next kubectl apply brings that back/)
    assert.match(await image(), /web\.invalid/, 'nothing was written')

    const { code, stderr } = await tiphys('rollout', 'undo', 'deploy/web')
    assert.equal(code, 0, stderr)
    assert.equal((await watch()).code, 0)
    assert.equal(await image(), 'web:1.3')
    const history = await cluster.kubectl(['rollout', 'history', 'deployment/web'])
    assert.match(history, /^4 +undo to \w+ \(image/m)
  })

  it('have a history that names templates, changes and authors', async () => {
    const { stdout } = await tiphys('rollout', 'history', 'deploy/web')
    const [, ...rows] = stdout.trimEnd().split('\n')
    assert.match(rows[0] ?? '', /^\w+ \* +4 +web:1\.3 +undo to .* tiphys-rollout, \S+ .* complete$/)
    assert.match(rows[1] ?? '', /^\w+ +3 +web\.invalid\/web:1\.4 +image web:1\.3 -> web\.invalid/)
    const { stdout: difference } = await tiphys('rollout', 'diff', 'deploy/web', '1', '4')
    assert.match(difference, /- web:1\.2\n {2}\+ web:1\.3\n/)
  })

  it('are told to be paused, and are not undone then', async () => {
    await cluster.kubectl(['rollout', 'pause', 'deployment/web'])
    assert.equal((await watch()).code, 4)
    const { code, stderr } = await tiphys('rollout', 'undo', 'deploy/web')
    assert.equal(code, 1)
    assert.match(stderr, /paused: resume it first/)
    await cluster.kubectl(['rollout', 'resume', 'deployment/web'])
  })

  it('are there for kubectl as a plugin', async () => {
    const directory = join(dirname(cluster.kubeconfig), 'bin')
    mkdirSync(directory, { recursive: true })
    symlinkSync(join(root, 'cli', 'kubectl-tiphys.mjs'), join(directory, 'kubectl-tiphys'))
    const [newest] = kubectls()
    const PATH = `${directory}:${dirname(process.execPath)}:${process.env.PATH}`
    const words = ['tiphys', 'rollout', 'watch', 'deploy/web', '-n', 'default']
    const { code, stdout, stderr } = await run(newest!.path, words, { env: { ...env, PATH } })
    assert.equal(code, 0, stderr)
    assert.match(stdout, /All 4 replicas are up to date/)
  })

  it('are refused in a sentence where there is nothing to watch', async () => {
    const { code, stderr } = await tiphys('rollout', 'watch', 'deploy/nothing')
    assert.equal(code, 1)
    assert.match(stderr, /^tiphys: there is no deployment "nothing" in namespace "default"\n/)
  })

  const image = async () =>
    (await cluster.get<typeof web>('deployment web')).spec.template.spec.containers[0]?.image ?? ''

  describe('in a terminal', () => {
    let terminal: Terminal
    before(async function () {
      need(this, hasProgram('tmux'), 'needs tmux')
      terminal = new Terminal(join(dirname(cluster.kubeconfig), 'tmux'), env)
      await terminal.open()
    })
    after(() => terminal?.close())

    it('fill the screen, fit a smaller one, and give it back as it was', async () => {
      const before = await terminal.settings()
      await terminal.type('echo before the watch')
      await terminal.type(`${process.execPath} ${main} rollout watch deploy/web --until=failed`)
      await terminal.shows(/All 4 replicas/)
      await setImage(absent)
      const large = await terminal.shows(/^\[#+\|~+\]\n[\s\S]*! web-\w+-\w+ {2}failing/m)
      assert.match(large, /^default\/web {2}under way/)
      assert.match(large, /\| floor 3 {2}\] ceiling 5/)
      assert.doesNotMatch(large, /before the watch/)

      await terminal.resize(40, 15)
      const small = await terminal.shows(/older revisions/)
      assert.match(small, /^\(ErrImagePull\/ImagePullBackOff\)\.$/m, 'the reason is whole')
      assert.ok(small.trimEnd().split('\n').length <= 15)

      await terminal.resize(80, 24)
      await terminal.key('q')
      await terminal.shows(prompt)
      await terminal.type('echo code $?')
      const after = await terminal.shows(/code 130/)
      assert.match(after, /before the watch/, 'what was there is there')
      assert.equal(after.match(/cannot be pulled/g)?.length, 1, 'one line remains')
      assert.equal(await terminal.settings(), before)
    })

    it('give it back when they are killed as well', async () => {
      const before = await terminal.settings()
      const command = `${process.execPath} ${main} rollout watch deploy/web --until=failed`
      await terminal.type(`clear; ${command} & echo pid $!; fg`)
      const shown = await terminal.shows(/failing/)
      assert.doesNotMatch(shown, /pid/)
      await terminal.kill(command)
      await terminal.shows(prompt)
      await terminal.type('echo code $?')
      await terminal.shows(/code 130/)
      assert.equal(await terminal.settings(), before)
    })
  })
})
