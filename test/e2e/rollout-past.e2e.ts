/** The past of rollouts as people see it: who caused what, how it was, recorded and replayed, on a simulated node. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { run } from '../../cli/command.ts'
import { until } from '../../cli/wait.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { hasProgram, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { bundled, kubectls } from './programs.ts'
import { Terminal } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'cli', 'main.ts')

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'web', image: 'web:1.2', env: [{ name: 'KEY', value: 'precious' }] }],
      },
    },
  },
}

/** The simulated node knows every image but those of this domain. */
const absent = 'web.invalid/web:1.4'

const as = (user: string) => [`--as=${user}`, '--as-group=system:masters']

describe('the past of rollouts on the command line', () => {
  let cluster: TestCluster
  let env: Record<string, string>
  let directory: string
  /** A pod that could not start, and is gone; a time and a revision at which it was there. */
  let failed: { pod: string; time: string; revision: string }

  const tiphys = (...words: string[]) =>
    run(process.execPath, [main, ...words], { env, timeoutMs: 60_000, cwd: directory })
  const told = async (...words: string[]) => {
    const { code, stdout, stderr } = await tiphys(...words)
    assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }

  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated' })
    directory = dirname(cluster.kubeconfig)
    env = { HOME: directory, KUBECONFIG: cluster.kubeconfig }
    const input = JSON.stringify(web)
    await cluster.kubectl(['apply', '-f', '-', ...as('alice')], { input })
    await cluster.rolledOut('deployment/web')
    await cluster.kubectl(['set', 'image', 'deployment/web', `web=${absent}`, ...as('bob')])
    const stuck = await tiphys('rollout', 'watch', 'deploy/web', '--fail-fast')
    assert.equal(stuck.code, 2, stuck.stdout)
    const pod = /pod\/(\S+) status/.exec(stuck.stdout)?.[1] ?? ''
    const { metadata } = await cluster.get<typeof web & { metadata: { resourceVersion: string } }>(
      `pod ${pod}`,
    )
    failed = { pod, time: new Date().toISOString(), revision: metadata.resourceVersion }
    await told('rollout', 'undo', 'deploy/web')
    await cluster.rolledOut('deployment/web')
    await cluster.waitFor(`pod/${pod}`, 'delete')
  })
  after(() => cluster?.reset())

  describe('why', () => {
    it('goes from a pod to the person who began it', async () => {
      const [pod] = (await cluster.kubectl(['get', 'pods', '-o', 'name'])).split('\n')
      const text = await told('why', pod ?? '')
      assert.match(
        text,
        /\nPod web-\S+ created with image web:1\.2 r\d+, .* ago \(kube-controller-manager, replicaset controller\)\n/,
      )
      assert.match(
        text,
        /\n<- Deployment web created with image web:1\.2 r\d+, .*\(kubectl apply, kubernetes-admin as alice\)\n/,
      )
      assert.match(text, /\nIt began there: nobody else had caused that\.\n$/)
      assert.doesNotMatch(text, /inferred/)
    })

    it('tells of a pod that is gone how it was, who wanted that, and why it had been made', async () => {
      const text = await told('why', `pod/${failed.pod}`)
      assert.match(text, /^Pod "\S+" is gone\.\nAs it was last:\nPod .* cannot be pulled/)
      assert.match(text, new RegExp(`\nPod ${failed.pod} deleted r.*replicaset controller\\)\n`))
      assert.match(text, /<- ReplicaSet \S+ replicas 1 -> 0 r.*deployment controller\)\n/)
      assert.match(text, /<- Deployment web image web\.invalid.* -> web:1\.2 .*\(tiphys-rollout, /)
      assert.match(
        text,
        /<- Deployment web image web:1\.2 -> web\.invalid.*\(kubectl set, kubernetes-admin as bob\)\n/,
      )
    })

    it('tells of a rollout and of any other object who wrote it', async () => {
      assert.match(await told('why', 'deploy/web'), /\nDeployment web image .*\(tiphys-rollout, /)
      await cluster.kubectl(['create', 'configmap', 'notes', ...as('carol')])
      assert.match(
        await told('why', 'cm/notes'),
        /^ConfigMap notes created .*\(kubectl create, kubernetes-admin as carol\)\n/,
      )
      await cluster.kubectl(['delete', 'configmap', 'notes', ...as('dave')])
      assert.match(
        await told('why', 'configmaps/notes'),
        /^ConfigMap "notes" is gone\.\n\nConfigMap notes deleted .*\(kubectl delete, kubernetes-admin as dave\)\n/,
      )
    })

    it('says in a sentence what it knows nothing of', async () => {
      const nothing = await tiphys('why', 'cm/nothing')
      assert.deepEqual([nothing.code, nothing.stdout], [1, ''])
      assert.match(nothing.stderr, /^tiphys: there is no configmap "nothing"/)
      assert.match((await tiphys('why', 'webs/x')).stderr, /knows no resource "webs"/)
    })
  })

  it('has a history with people, exact times and outcomes', async () => {
    const [, ...rows] = (await told('rollout', 'history', 'deploy/web')).trimEnd().split('\n')
    assert.match(
      rows[0] ?? '',
      /^\w+ \* .* tiphys-rollout, \S+ +\d\d:\d\d:\d\d, .* ago .* complete$/,
    )
    assert.match(
      rows[1] ?? '',
      / web\.invalid.* kubectl set, kubernetes-admin as bob +\d\d:\d\d:\d\d, .* superseded$/,
    )
  })

  describe('at a moment', () => {
    it('of a time or a revision is shown as it was', async () => {
      for (const at of [`r${failed.revision}`, failed.time]) {
        const text = await told('rollout', 'watch', 'deploy/web', '--at', at)
        assert.match(text, /^ as of \S+, .* ago, r\d+ \ndefault\/web {2}under way/)
        assert.match(text, new RegExp(`! ${failed.pod} {2}failing`))
      }
      const why = await told('why', `pod/${failed.pod}`, '--at', `r${failed.revision}`)
      assert.match(why, /^ as of .*\nPod "\S+", container "web": image .* cannot be pulled/)
      const history = await told('rollout', 'history', 'deploy/web', '--at', `r${failed.revision}`)
      assert.match(history, /\n\w+ \* +2 +web\.invalid/)
      const difference = await told('rollout', 'diff', 'deploy/web', '--at', `r${failed.revision}`)
      assert.match(difference, /- web:1\.2\n {2}\+ web\.invalid/)
    })

    it('before history is refused, saying where that begins', async () => {
      const { code, stderr } = await tiphys('why', 'deploy/web', '--at', '-3d')
      assert.equal(code, 1)
      assert.match(stderr, /^tiphys: nothing is kept of .*: history begins at r\d+, /)
    })

    it('of now is the page of a watch that ends at once', async () => {
      const text = await told('rollout', 'watch', 'deploy/web', '--once')
      assert.match(text, /^default\/web {2}complete {2}to \w+ web:1\.2\nAll 2 replicas/)
    })
  })

  describe('in a recording', () => {
    it('is replayed without the cluster, line by line', async () => {
      const { code, stderr } = await tiphys('rollout', 'record', 'deploy/web', '-o', 'web.jsonl.gz')
      assert.equal(code, 0, stderr)
      assert.match(stderr, /^web\.jsonl\.gz: \d+ changes in /)
      assert.equal(statSync(join(directory, 'web.jsonl.gz')).mode & 0o777, 0o600)
      const elsewhere = { ...env, KUBECONFIG: '/nonexistent' }
      const { stdout } = await run(
        process.execPath,
        [main, 'rollout', 'replay', join(directory, 'web.jsonl.gz')],
        { env: elsewhere },
      )
      const stamped =
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z r\d+ (deployment|replicaset|pod)\/\S+ /
      for (const line of stdout.trimEnd().split('\n')) assert.match(line, stamped)
      assert.match(
        stdout,
        /deployment\/web created with web:1\.2 by kubectl apply, kubernetes-admin as alice\n/,
      )
      assert.match(
        stdout,
        /deployment\/web image web:1\.2 -> web\.invalid\S+ by kubectl set, kubernetes-admin as bob\n/,
      )
      assert.match(stdout, /deployment\/web complete: web:1\.2\n(.* is gone by .*\n)?$/)
      assert.ok(!stdout.includes('\x1b'), 'no terminal, no control sequences')
    })

    it('is what the server tells by itself', async () => {
      const live = await told('rollout', 'replay', 'deploy/web')
      assert.equal(live, await told('rollout', 'replay', 'web.jsonl.gz'))
      const marks = (await told('rollout', 'replay', 'web.jsonl.gz', '-o', 'jsonl'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.equal(marks.length, live.trimEnd().split('\n').length)
      assert.deepEqual(
        marks.filter(({ kind }) => kind === 'template').map(({ text }) => text.split(' by ')[0]),
        ['created with web:1.2', `image web:1.2 -> ${absent}`, `image ${absent} -> web:1.2`],
      )
    })

    it('keeps values of variables only where that is wanted, and only as much as is asked for', async () => {
      await tiphys('rollout', 'record', '-o', 'all.jsonl')
      await tiphys('rollout', 'record', 'deploy/web', '-o', 'few.jsonl', '--redact-env')
      const text = (name: string) => readFileSync(join(directory, name), 'utf8')
      assert.match(text('all.jsonl'), /precious/)
      assert.doesNotMatch(text('few.jsonl'), /precious/)
      await tiphys('rollout', 'record', '-o', 'late.jsonl', '--since', '0s')
      const types = text('late.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).type)
      assert.deepEqual(types, ['HEADER', 'KEYFRAME', 'END'])
    })

    it('is refused in a sentence where it is none', async () => {
      writeFileSync(join(directory, 'none.jsonl'), 'nothing\n')
      const { code, stderr } = await tiphys('rollout', 'replay', 'none.jsonl')
      assert.equal(code, 1)
      assert.match(stderr, /^tiphys: none\.jsonl cannot be read as a recording: line 1: /)
      const words = ['rollout', 'record', 'deploy/nothing', '-o', 'nothing.jsonl']
      const nothing = await tiphys(...words)
      assert.equal(nothing.code, 1)
      assert.match(nothing.stderr, /^tiphys: there is no deployment "nothing"/)
      assert.equal(existsSync(join(directory, 'nothing.jsonl')), false)
    })
  })

  describe('while somebody types', () => {
    it('names come from the cluster, also through kubectl', async () => {
      const complete = async (...words: string[]) =>
        (await told('__complete', ...words)).trimEnd().split('\n')
      assert.deepEqual(await complete('rollout', 'watch', ''), ['deploy/web', ':4'])
      assert.deepEqual(await complete('rollout', 'watch', 'w'), ['web', ':4'])
      const [pods, versions] = await Promise.all([
        complete('why', 'pod/'),
        complete('rollout', 'undo', 'deploy/web', '--to', ''),
      ])
      assert.equal(pods.length, 3)
      assert.match(versions.join('\n'), /^\w+\trevision 3: web:1\.2\n\w+\trevision 2: web\.invalid/)
      const bin = join(directory, 'bin')
      mkdirSync(bin)
      for (const name of ['kubectl-tiphys', 'kubectl_complete-tiphys'])
        symlinkSync(join(root, 'cli', `${name}.mjs`), join(bin, name))
      const PATH = `${bin}:${dirname(process.execPath)}:${process.env.PATH}`
      const words = ['__complete', 'tiphys', 'rollout', 'watch', '']
      const { stdout } = await run(kubectls()[0]!.path, words, { env: { ...env, PATH } })
      assert.match(stdout, /^deploy\/web\n:4\n$/)
    })

    it('bash completes as well', async function () {
      need(this, hasProgram('bash'), 'needs bash')
      const script = `
        source <(${process.execPath} ${main} completion bash)
        tiphys() { ${process.execPath} ${main} "$@"; }
        compopt() { :; }
        complete_words() { COMP_WORDS=(tiphys "$@"); COMP_CWORD=$#; _tiphys; echo "\${COMPREPLY[*]}"; }
        complete_words rollout watch --until = c
        complete_words rollout watch deploy/`
      const { stdout, stderr } = await run('bash', ['-c', script], { env })
      assert.equal(stdout, 'complete\ndeploy/web\n', stderr)
    })
  })

  describe('on another Kubernetes', () => {
    let proxy: ChildProcess
    let other: Record<string, string>
    /** A server that tells nothing of the past: stock kubectl in front of ours, without those paths. */
    before(async () => {
      const flags = ['proxy', '--port=0', '--reject-paths=^/tiphys/.*']
      proxy = spawn(bundled('kubectl'), [`--kubeconfig=${cluster.kubeconfig}`, ...flags], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = await once(createInterface(proxy.stdout!), 'line')
      const server = `http://${/127\.0\.0\.1:\d+/.exec(line)?.[0]}`
      const kubeconfig = join(directory, 'other')
      const [cluster_, context] = [
        { name: 'x', cluster: { server } },
        { name: 'x', context: { cluster: 'x' } },
      ]
      const config = { clusters: [cluster_], contexts: [context], 'current-context': 'x' }
      writeFileSync(kubeconfig, JSON.stringify(config))
      other = { HOME: directory, KUBECONFIG: kubeconfig }
    })
    after(async () => {
      proxy.kill()
      await once(proxy, 'exit')
    })
    const there = (...words: string[]) =>
      run(process.execPath, [main, ...words], { env: other, timeoutMs: 60_000, cwd: directory })

    it('causes are inferred, and that is said', async () => {
      const [pod = ''] = (await cluster.kubectl(['get', 'pods', '-o', 'name'])).split('\n')
      const { code, stdout, stderr } = await there('why', pod)
      assert.equal(code, 0, stderr)
      assert.match(
        stdout,
        /, made by ReplicaSet\/web-.*\n<- replicaset\/web-.*\n<- deployment\/web/,
      )
      assert.match(stdout, /\nThis server tells nothing of who caused what: the chain is inferred/)
      const history = await there('rollout', 'history', 'deploy/web')
      assert.match(history.stdout, / web\.invalid\/web:1\.4 /)
      assert.doesNotMatch(history.stdout, /bob/, 'managed fields know programs, not people')
    })

    it('a revision can be looked at, a time cannot', async () => {
      const { stdout } = await there(
        'rollout',
        'watch',
        'deploy/web',
        '--at',
        `r${failed.revision}`,
      )
      assert.match(
        stdout,
        new RegExp(`^ as of r${failed.revision}; [^]*! ${failed.pod} {2}failing`),
      )
      const { code, stderr } = await there('rollout', 'watch', 'deploy/web', '--at', '-1s')
      assert.equal(code, 1)
      assert.match(stderr, /^tiphys: this server does not tell what was when\n/)
    })

    it('what happens from now on is recorded, until it is interrupted', async () => {
      const words = ['rollout', 'record', 'deploy/web', '-o', 'other.jsonl']
      const recording = spawn(process.execPath, [main, ...words], {
        env: other,
        cwd: directory,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const exited = once(recording, 'exit')
      const [line] = await once(createInterface(recording.stderr), 'line')
      assert.match(line, /^This server keeps no history: recorded is what happens from now on/)
      const path = join(directory, 'other.jsonl')
      const recorded = (what: RegExp) =>
        until(
          async () => {
            const text = statSync(path, { throwIfNoEntry: false }) && readFileSync(path, 'utf8')
            return text && what.test(text) ? true : undefined
          },
          {
            clock: systemClock,
            signal: new AbortController().signal,
            what: `a recording with ${what}`,
            timeoutMs: 20_000,
          },
        )
      await recorded(/"KEYFRAME"/)
      await cluster.kubectl(['scale', 'deployment/web', '--replicas=3'])
      await recorded(/"PUT".*"kind":"Deployment".*"replicas":3/)
      recording.kill('SIGINT')
      assert.deepEqual(await exited, [0, null])
      const { stdout } = await there('rollout', 'replay', 'other.jsonl')
      assert.match(stdout, /deployment\/web replicas 2 -> 3\n/)
      const replayed = await there('rollout', 'replay', 'deploy/web')
      assert.match(
        replayed.stderr,
        /^tiphys: this server keeps no history that could be replayed\n/,
      )
    })
  })

  describe('in a terminal', () => {
    let terminal: Terminal
    before(async function () {
      need(this, hasProgram('tmux'), 'needs tmux')
      terminal = new Terminal(join(directory, 'tmux'), env)
      await terminal.open()
    })
    after(() => terminal?.close())

    const replay = (file: string) =>
      `${process.execPath} ${main} rollout replay ${join(directory, file)}`
    /** The end of what remains: a line about where it was left, and the shell. */
    const prompt = /default\/web at [\s\S]*\n\$\s*$/

    it('is played like on a video recorder, at any size', async () => {
      const before = await terminal.settings()
      await terminal.type('clear; echo before the replay')
      await terminal.type(replay('web.jsonl.gz'))
      const large = await terminal.shows(
        /^ viewing \d\d:\d\d:\d\d, .* ago {2}r\d+ {2}paused, 1x \/+$/m,
      )
      assert.match(large, /^\d\d:\d\d:\d\d \[O[-*]+\] \d\d:\d\d:\d\d$/m)
      assert.match(large, /home\/end {2}q quit\n?$/)
      assert.doesNotMatch(large, /before the replay/)
      const first = /r\d+/.exec(large)?.[0]
      await terminal.key('S-Right')
      await terminal.shows(/^> deployment\/web (Available|complete|image)/m)
      for (let steps = 0; steps < 60; steps++) {
        const screen = await terminal.capture()
        if (/failing/.test(screen)) break
        await terminal.key('Right')
        await terminal.shows(new RegExp(` (?!${/ (r\d+) /.exec(screen)?.[1]} )r\\d+ `))
      }
      assert.match(await terminal.capture(), new RegExp(`! ${failed.pod} {2}failing`))

      await terminal.resize(40, 15)
      const small = await terminal.shows(/^<- -> step {2}n\/p notable/m)
      assert.equal(small.trimEnd().split('\n').length, 15)
      assert.match(small, /^ viewing \d\d:\d\d:\d\d, .* ago \/*$/m)
      await terminal.resize(200, 50)
      const wide = await terminal.shows(/^left\/right step/m)
      assert.equal(wide.trimEnd().split('\n').length, 50)
      assert.match(wide, / viewing .*\/{80}/)

      await terminal.resize(80, 24)
      await terminal.key('Home')
      await terminal.shows(new RegExp(` viewing .* ${first} `))
      await terminal.type('++++++ ')
      await terminal.shows(/ playing 32x /)
      await terminal.shows(/ paused, 32x [\s\S]*All 2 replicas are up to date/)
      await terminal.key('q')
      const after = await terminal.shows(prompt)
      assert.match(after, /before the replay/, 'what was there is there')
      assert.equal(await terminal.settings(), before)
    })

    it('gives the terminal back on Ctrl-C and when it is killed, each with its code', async () => {
      const before = await terminal.settings()
      await terminal.type(`clear; ${replay('web.jsonl.gz')}; echo code $?`)
      await terminal.shows(/viewing/)
      await terminal.key('C-c')
      await terminal.shows(/\ncode 0\n/)
      assert.equal(await terminal.settings(), before)
      await terminal.type(`clear; ${replay('web.jsonl.gz')} & fg; echo code $?`)
      await terminal.shows(/viewing/)
      await terminal.kill(replay('web.jsonl.gz'))
      await terminal.shows(/\ncode 130\n/)
      assert.equal(await terminal.settings(), before)
    })

    it('says in words what is past, where there are no colours', async () => {
      await terminal.type(`clear; NO_COLOR=1 ${replay('web.jsonl.gz')}`)
      await terminal.shows(/ viewing /)
      assert.ok(!(await terminal.capture(['-e'])).includes('\x1b[7m'))
      await terminal.key('q')
      await terminal.shows(prompt)
    })

    it('plays by itself and ends, where that is wanted', async () => {
      await terminal.type(`clear; ${replay('web.jsonl.gz')} --play; echo code $?`)
      await terminal.shows(/ playing 1x /)
      await terminal.type('++++++')
      await terminal.shows(/default\/web at [\s\S]*\ncode 0\n/)
    })
  })
})
