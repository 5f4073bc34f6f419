/**
 * A cluster of a test file's own: private name, directories, ports, address ranges and kubeconfig, so that it meets
 * neither the machine's cluster nor another test's. Started by the same command that people use, driven by stock kubectl.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, run } from '../../cli/command.ts'
import { freePort } from '../../cli/host.ts'
import { type Kubectl, kubectls } from './programs.ts'

export interface ClusterOptions {
  /** `etcd` unless told. */
  storage?: 'etcd' | 'sqlite'
  /** `containerd` unless told. */
  runtime?: 'containerd' | 'simulated'
  simulatedNodes?: number
  /** With the rollout page, at any free port; without it unless told. */
  dashboard?: boolean
  /** Other flags of `tiphys up`. */
  flags?: string[]
}

export interface KubectlOptions {
  /** Standard input, as for `-f -`. */
  input?: string
  /** Which of `kubectls()`; the newest unless told. */
  kubectl?: Kubectl
  /** `default` unless told. */
  namespace?: string
}

export interface TestCluster {
  readonly name: string
  readonly dataDir: string
  readonly runDir: string
  readonly kubeconfig: string
  readonly apiPort: number
  /** Where node ports and the API server answer. */
  readonly nodeAddress: string
  readonly serviceCidr: string
  /** Standard output; rejects with kubectl's words when it fails. */
  kubectl(args: string[], options?: KubectlOptions): Promise<string>
  /** The whole result, for commands that shall fail. */
  tryKubectl(args: string[], options?: KubectlOptions): Promise<CommandResult>
  /** Applies YAML or objects. */
  apply(manifest: string | object, options?: KubectlOptions): Promise<string>
  /** `kubectl get RESOURCE -o json`, parsed. */
  get<T>(resource: string, options?: KubectlOptions): Promise<T>
  /**
   * Waits for `kubectl wait`'s condition: `condition=Available`, `delete`, `jsonpath={.status.phase}=Running`.
   * @param resource `pod/web`, or `pods -l app=web`
   */
  waitFor(
    resource: string,
    condition: string,
    options?: KubectlOptions & { timeoutSeconds?: number },
  ): Promise<string>
  /** Resolves with the first version of a resource (or list) that `accept` likes, told by a watch. */
  waitUntil<T>(
    resource: string,
    accept: (object: T) => boolean,
    options?: KubectlOptions & { timeoutSeconds?: number },
  ): Promise<T>
  rolledOut(
    resource: string,
    options?: KubectlOptions & { timeoutSeconds?: number },
  ): Promise<string>
  /** Any `tiphys` command on this cluster: `tiphys('status')`. */
  tiphys(command: string, ...args: string[]): Promise<CommandResult>
  /** The process of a component, from `tiphys status`. */
  pidOf(component: string): Promise<number>
  /** What a component wrote. */
  log(component: string): string
  stop(): Promise<void>
  /** After `stop`: the same cluster again. */
  start(): Promise<void>
  /** Removes every trace; for `after`. Fails when something remains. */
  reset(): Promise<void>
}

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'cli', 'main.ts')

/** Resolves when its node is ready. Reset it in `after`, also when a test failed. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'tiphys-'))
  const place = await choosePlace(directory)
  const cluster = testCluster(directory, place, options)
  try {
    await cluster.start()
  } catch (error) {
    await cluster.reset()
    throw error
  }
  return cluster
}

interface Place {
  name: string
  apiPort: number
  kubeletPort: number
  /** Second octets. */
  pods: number
  services: number
}

/** Ranges that no route of this machine leads to. */
async function choosePlace(directory: string): Promise<Place> {
  const { stdout } = await run('ip', ['route', 'show', 'table', 'all'])
  const free: number[] = []
  const first = 200 + 2 * (process.pid % 25)
  for (let n = 0; n < 50 && free.length < 2; n++) {
    const octet = 200 + ((first - 200 + n) % 50)
    if (!stdout.includes(`10.${octet}.`)) free.push(octet)
  }
  const [pods, services] = free
  if (pods === undefined || services === undefined)
    throw new Error('no address range between 10.200 and 10.249 is free')
  const suffix = directory.slice(-6).toLowerCase()
  return {
    name: `t${suffix}`,
    apiPort: await freePort(),
    kubeletPort: await freePort(),
    pods,
    services,
  }
}

function testCluster(directory: string, place: Place, options: ClusterOptions): TestCluster {
  const { storage = 'etcd', runtime = 'containerd' } = options
  const dataDir = join(directory, 'data')
  const runDir = join(directory, 'run')
  const kubeconfig = join(directory, 'kubeconfig')
  const instance = [`--name=${place.name}`, `--data-dir=${dataDir}`, `--run-dir=${runDir}`]
  const env = { HOME: directory, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }
  const tiphys = (command: string, ...args: string[]) =>
    run(process.execPath, [main, ...command.split(' '), ...instance, ...args], { env })
  const upFlags = [
    `--storage=${storage}`,
    `--runtime=${runtime}`,
    `--api-port=${place.apiPort}`,
    `--kubelet-port=${place.kubeletPort}`,
    `--pod-cidr=10.${place.pods}.0.0/16`,
    `--service-cidr=10.${place.services}.0.0/16`,
    `--kubeconfig=${kubeconfig}`,
    ...(options.simulatedNodes ? [`--simulated-nodes=${options.simulatedNodes}`] : []),
    options.dashboard ? '--dashboard-port=0' : '--no-dashboard',
    ...(options.flags ?? []),
  ]
  const demand = async (result: Promise<CommandResult>, what: string) => {
    const { code, stdout, stderr } = await result
    if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`)
    return stdout
  }
  const newest = kubectls()[0]!
  const argsOf = (args: string[], { namespace }: KubectlOptions) => [
    `--kubeconfig=${kubeconfig}`,
    ...(namespace ? [`--namespace=${namespace}`] : []),
    ...args,
  ]
  const tryKubectl: TestCluster['tryKubectl'] = (args, settings = {}) =>
    run((settings.kubectl ?? newest).path, argsOf(args, settings), { input: settings.input, env })
  const kubectl: TestCluster['kubectl'] = (args, settings = {}) =>
    demand(tryKubectl(args, settings), `kubectl ${args.join(' ')}`)

  return {
    name: place.name,
    dataDir,
    runDir,
    kubeconfig,
    apiPort: place.apiPort,
    nodeAddress: runtime === 'containerd' ? `10.${place.pods}.0.1` : '127.0.0.1',
    serviceCidr: `10.${place.services}.0.0/16`,
    kubectl,
    tryKubectl,
    apply(manifest, settings = {}) {
      const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
      return kubectl(['apply', '-f', '-'], { ...settings, input })
    },
    async get<T>(resource: string, settings: KubectlOptions = {}) {
      const text = await kubectl(['get', ...resource.split(' '), '-o', 'json'], settings)
      return JSON.parse(text) as T
    },
    waitFor: (resource, condition, settings = {}) =>
      kubectl(
        [
          'wait',
          `--for=${condition}`,
          ...resource.split(' '),
          `--timeout=${settings.timeoutSeconds ?? 60}s`,
        ],
        settings,
      ),
    waitUntil: (resource, accept, settings = {}) =>
      watchUntil(newest.path, argsOf(['get', ...listOf(resource)], settings), accept, {
        env,
        timeoutMs: (settings.timeoutSeconds ?? 60) * 1000,
      }),
    rolledOut: (resource, settings = {}) =>
      kubectl(
        ['rollout', 'status', resource, `--timeout=${settings.timeoutSeconds ?? 60}s`],
        settings,
      ),
    tiphys,
    async pidOf(component) {
      const { stdout } = await tiphys('status')
      const pid = stdout
        .split('\n')
        .map((line) => line.split(/\s{2,}/))
        .find(([name]) => name === component)?.[2]
      if (!pid || pid === '-') throw new Error(`${component} does not run:\n${stdout}`)
      return Number(pid)
    },
    log(component) {
      const path = join(dataDir, 'log', `${component}.log`)
      return existsSync(path) ? readFileSync(path, 'utf8') : ''
    },
    stop: async () => void (await demand(tiphys('down'), 'tiphys down')),
    start: async () => void (await demand(tiphys('up', ...upFlags), 'tiphys up')),
    async reset() {
      await demand(tiphys('reset'), 'tiphys reset')
      rmSync(directory, { recursive: true })
    },
  }
}

/**
 * A list of what is asked for. Of a single object kubectl reads the present version, then leaves out the first that its
 * watch tells: what was written between the two is never told.
 */
function listOf(resource: string): string[] {
  const words = resource.split(' ')
  const [kind = '', name, ...flags] = words[0]?.includes('/')
    ? [...words[0].split('/'), ...words.slice(1)]
    : words
  if (name === undefined || name.startsWith('-')) return words
  return [kind, `--field-selector=metadata.name=${name}`, ...flags]
}

/** Follows `kubectl get --watch`, which begins with what is there. */
function watchUntil<T>(
  kubectl: string,
  args: string[],
  accept: (object: T) => boolean,
  { env, timeoutMs }: { env: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(kubectl, [...args, '--watch', '--output=json'], {
      env: { ...env, PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    let errors = ''
    let last: T | undefined
    const end = (settle: () => void) => {
      clearTimeout(timer)
      child.kill()
      settle()
    }
    const timer = setTimeout(
      () =>
        end(() =>
          reject(
            new Error(
              `${args.join(' ')}: not as wanted after ${timeoutMs} ms: ${JSON.stringify(last)}`,
            ),
          ),
        ),
      timeoutMs,
    )
    child.stdout.setEncoding('utf8')
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.stdout.on('data', (chunk: string) => {
      text += chunk
      // kubectl prints indented objects one after the other: each ends with a brace in the first column.
      for (let at = text.indexOf('\n}\n'); at >= 0; at = text.indexOf('\n}\n')) {
        last = JSON.parse(text.slice(0, at + 3)) as T
        text = text.slice(at + 3)
        if (accept(last)) return end(() => resolve(last!))
      }
    })
    child.on('exit', (code) =>
      end(() => reject(new Error(`kubectl ${args.join(' ')} ended with ${code}: ${errors}`))),
    )
  })
}
