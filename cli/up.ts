/**
 * `tiphys up`: from whatever is there to a cluster with a ready node. Independent things go at once; everything it does is
 * idempotent, so a second `up` mends what is missing and otherwise says that nothing was.
 */

import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { adminClient } from './api.ts'
import { type ComponentName, componentNames, componentSpec, nodeNames } from './components.ts'
import { CommandError, type Context } from './context.ts'
import { callerOf, portIsFree } from './host.ts'
import { importArchives, ownArchives } from './images.ts'
import { currentContext, mergeKubeconfig } from './kubeconfig.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { makeDirectories, makeNetworkFloor, writeContainerdConfig } from './node-floor.ts'
import { aptLine, install, missing, type Requirement, requirementsOf } from './packages.ts'
import { pageAddress, pagePort, stopPage } from './page.ts'
import { ensureCertificates } from './pki.ts'
import {
  addressesOf,
  decideSettings,
  type Flags,
  kubeconfigPath,
  loadSettings,
  locate,
  pathsOf,
  type Settings,
  saveSettings,
} from './settings.ts'
import { type Steps, ticked } from './steps.ts'
import { leftBehind } from './stop.ts'
import { ageOf } from './supervisor/process.ts'
import { askSupervisor, supervisorStatus } from './supervisor/protocol.ts'
import { accepts, etcdHealth, until } from './wait.ts'

const startTimeoutMs = 60_000

export interface UpFlags extends Flags {
  /** False: no rollout page. */
  dashboard?: boolean
}

export async function up(context: Context, { dashboard, ...flags }: UpFlags): Promise<number> {
  const started = context.clock.monotonic()
  const steps = ticked(context)
  const chosen = await choose(context, flags, steps)
  const dashboardPort = await pagePort(chosen.settings, { ...flags, dashboard })
  const settings = { ...chosen.settings, dashboardPort }
  if (dashboardPort === 0) await stopPage(settings)
  if (await isUp(context, settings)) {
    const otherPage = dashboardPort !== chosen.settings.dashboardPort
    if (otherPage) saveSettings(settings)
    if (otherPage && dashboardPort) await startPage(context, settings, steps)
    else steps.note(`${settings.name} is already up; nothing to do.`)
    closing(context, settings)
    return 0
  }
  await checkPorts(settings)
  const ledger = makeDirectories(settings, openLedger)
  saveSettings(settings)
  await bringUp(context, settings, ledger, steps)
  const seconds = ((context.clock.monotonic() - started) / 1000).toFixed(1)
  steps.note(`${settings.name} is up after ${seconds} s.`)
  for (const line of chosen.unreal) steps.note(line)
  closing(context, settings)
  return 0
}

/** What will run here, with the lines that say which part is not real. */
async function choose(context: Context, flags: Flags, steps: Steps) {
  const kubeconfig = kubeconfigPath(context, callerOf(context).home)
  const full = { storage: 'etcd', runtime: 'containerd', kubeconfig } as const
  const embedded = { storage: 'sqlite', runtime: 'simulated', kubeconfig } as const
  const settings = decideSettings(context, flags, context.uid === 0 ? full : embedded)
  if (settings.runtime === 'containerd' && context.uid !== 0)
    throw new CommandError('real containers need root', ['sudo npm start'])
  const lacking = missing(requirementsOf(settings))
  if (lacking.length > 0) {
    const why = await tryInstall(context, lacking, steps)
    if (why) {
      const asked = flags.runtime === 'containerd' || flags.storage === 'etcd'
      if (asked || loadSettings(locate(context, flags)))
        throw new CommandError(`cannot install what is missing: ${why}`, [aptLine(lacking)])
      const fallback = decideSettings(context, flags, embedded)
      return { settings: fallback, unreal: notReal(fallback, aptLine(lacking)) }
    }
  }
  const mend = context.uid === 0 ? 'npm start -- --runtime=containerd' : 'sudo npm start'
  return { settings, unreal: notReal(settings, mend) }
}

/** Why it failed; nothing when it did not. */
async function tryInstall(
  context: Context,
  lacking: Requirement[],
  steps: Steps,
): Promise<string | undefined> {
  const names = lacking.map((requirement) => requirement.package).join(' ')
  if (context.uid !== 0) return `not root, and missing: ${names}`
  try {
    await steps.step(`install ${names}`, () => install(context, lacking))
    const still = missing(lacking)
    return still.length > 0 ? `still missing: ${still.map((r) => r.program).join(', ')}` : undefined
  } catch (error) {
    return (error as Error).message
  }
}

function notReal({ runtime, simulatedNodes }: Settings, mend: string): string[] {
  if (runtime === 'containerd') return []
  const nodes = simulatedNodes === 1 ? 'The node is' : `The ${simulatedNodes} nodes are`
  return ['', `  !!! ${nodes} SIMULATED: no container really runs. For real ones: ${mend}`, '']
}

async function isUp(context: Context, settings: Settings): Promise<boolean> {
  const supervisor = await supervisorStatus(pathsOf(settings).supervisorSocket)
  const running = (supervisor?.components ?? []).filter(({ phase }) => phase === 'running')
  const names = new Set(running.map(({ name }) => name))
  if (!componentNames(settings).every((name) => names.has(name))) return false
  const api = adminClient(settings)
  try {
    return (await nodesAreReady(context, api, settings)) === true
  } catch {
    // No answer: not up.
    return false
  } finally {
    api.close()
  }
}

/** Ports that somebody else has make every later message confusing: look first. */
async function checkPorts(settings: Settings): Promise<void> {
  const supervisor = await supervisorStatus(pathsOf(settings).supervisorSocket)
  if (supervisor) return
  const ours = leftBehind(settings)
  const { apiAddresses, nodeAddress } = addressesOf(settings)
  const wanted: [ComponentName, number, string, string][] = [
    ...apiAddresses.map((address): [ComponentName, number, string, string] => [
      'apiserver',
      settings.apiPort,
      address,
      '--api-port',
    ]),
    ['kubelet', settings.kubeletPort, nodeAddress, '--kubelet-port'],
  ]
  for (const [name, port, address, flag] of wanted)
    if (!ours.has(name) && !(await portIsFree(port, address)))
      throw new CommandError(`port ${port} on ${address} is taken by another program`, [
        `npm start -- ${flag}=${port + 1000}`,
      ])
}

async function bringUp(
  context: Context,
  settings: Settings,
  ledger: Ledger,
  steps: Steps,
): Promise<void> {
  await startSupervisor(context, settings)
  const start = (name: ComponentName) => startComponent(context, settings, name)
  const real = settings.runtime === 'containerd'

  const certificates = steps.step('certificates', () => ensureCertificates(settings, context.clock))
  const network = real
    ? steps.step(`network ${settings.name}0`, () => makeNetworkFloor(settings, ledger))
    : undefined
  const storage =
    settings.storage === 'etcd' ? steps.step('etcd', () => startEtcd(context, settings)) : undefined
  const runtime = real ? startRuntime(context, settings, network, steps) : undefined
  const archives = runtime && ownArchives(context.root, settings)
  const images =
    archives &&
    steps.step('images', async () => {
      const built = await archives
      await runtime
      return importArchives(settings, built)
    })
  const control = steps.step('API server', async () => {
    await Promise.all([certificates, storage, network])
    await bringDescriptions(steps)
    await start('apiserver')
    await apiReady(context, settings)
  })
  const names = nodeNames(settings)
  const nodes = names.length === 1 ? `node ${names[0]} ready` : `${names.length} nodes ready`
  const node = steps.step(nodes, async () => {
    await Promise.all([control, runtime])
    await Promise.all([start('controllers'), start('kubelet')])
    await images
    await nodesReady(context, settings)
  })
  const page = settings.dashboardPort
    ? node.then(() => startPage(context, settings, steps))
    : undefined
  const access = certificates.then(() => mergeAccess(context, settings, ledger))
  const all = [
    certificates,
    network,
    storage,
    runtime,
    archives,
    images,
    control,
    node,
    page,
    access,
  ]
  // Each failure is told once, after everything has come to rest.
  const results = await Promise.allSettled(all)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** Rollouts go on without it: that it does not come up is told, and no reason to fail. */
async function startPage(context: Context, settings: Settings, steps: Steps): Promise<void> {
  const { dashboardPort: port = 0 } = settings
  try {
    await steps.step('rollout page', async () => {
      await startComponent(context, settings, 'dashboard')
      await untilUp(context, settings, 'dashboard', () => accepts({ host: '127.0.0.1', port }))
    })
  } catch (error) {
    if (context.signal.aborted) throw error
    steps.note(`There is no rollout page: ${(error as Error).message}`)
  }
}

/** The texts of `kubectl explain`; everything else works without them. */
async function bringDescriptions(steps: Steps): Promise<void> {
  const { ensureDescriptions } = await import('../apiserver/schema/descriptions.ts')
  try {
    ensureDescriptions()
  } catch (error) {
    steps.note(`kubectl explain has no texts: ${(error as Error).message}`)
  }
}

async function startRuntime(
  context: Context,
  settings: Settings,
  network: Promise<void> | undefined,
  steps: Steps,
): Promise<void> {
  await steps.step('containerd', async () => {
    await writeContainerdConfig(settings)
    // Shared directories are recorded with the network: containerd must not have made them yet.
    await network
    await startComponent(context, settings, 'containerd')
    await untilUp(context, settings, 'containerd', () =>
      accepts({ path: pathsOf(settings).containerdSocket }),
    )
  })
}

async function startEtcd(context: Context, settings: Settings): Promise<void> {
  await startComponent(context, settings, 'etcd')
  const socket = pathsOf(settings).etcdSocket
  await untilUp(context, settings, 'etcd', () => etcdHealth(socket))
}

async function apiReady(context: Context, settings: Settings): Promise<void> {
  const api = adminClient(settings)
  try {
    await untilUp(context, settings, 'apiserver', () =>
      api.get('/readyz').then(
        ({ status }) => (status === 200 ? true : undefined),
        () => undefined,
      ),
    )
  } finally {
    api.close()
  }
}

interface Node {
  metadata: { name: string }
  status?: { conditions?: { type: string; status: string; lastHeartbeatTime?: string }[] }
}

/** Every node says that it is ready, and the kubelet that runs now has said it: an earlier one's word is worth nothing. */
async function nodesAreReady(
  context: Context,
  api: ReturnType<typeof adminClient>,
  settings: Settings,
): Promise<true | undefined> {
  const since = await kubeletStarted(context, settings)
  if (since === undefined) return undefined
  const nodes = await api.getJson<{ items: Node[] }>('/api/v1/nodes')
  const ready = new Set(
    (nodes?.items ?? [])
      .filter(({ status }) => {
        const condition = status?.conditions?.find(({ type }) => type === 'Ready')
        // Times on the wire are whole seconds, rounded down.
        const said = Date.parse(condition?.lastHeartbeatTime ?? '') + 1000
        return condition?.status === 'True' && said > since
      })
      .map(({ metadata }) => metadata.name),
  )
  return nodeNames(settings).every((name) => ready.has(name)) ? true : undefined
}

/** When the kubelet's process began, milliseconds since the epoch. */
async function kubeletStarted(context: Context, settings: Settings): Promise<number | undefined> {
  const supervisor = await supervisorStatus(pathsOf(settings).supervisorSocket)
  const pid = supervisor?.components.find(({ name }) => name === 'kubelet')?.pid
  const age = pid === undefined ? undefined : ageOf(pid)
  return age === undefined ? undefined : context.clock.now() - age
}

async function nodesReady(context: Context, settings: Settings): Promise<void> {
  const api = adminClient(settings)
  try {
    await untilUp(context, settings, 'kubelet', () =>
      nodesAreReady(context, api, settings).catch(() => undefined),
    )
  } finally {
    api.close()
  }
}

/** Waits for a component, but not for one that keeps crashing: its last words say why. */
function untilUp(
  context: Context,
  settings: Settings,
  name: ComponentName,
  ask: () => Promise<true | undefined>,
): Promise<true> {
  const log = join(pathsOf(settings).logs, `${name}.log`)
  return until(ask, {
    clock: context.clock,
    signal: context.signal,
    what: name,
    timeoutMs: startTimeoutMs,
    async hopeless() {
      const status = await supervisorStatus(pathsOf(settings).supervisorSocket)
      const component = status?.components.find((other) => other.name === name)
      if (!component || component.restarts < 4) return
      throw new CommandError(`${name} keeps ending; the end of ${log}:\n${tail(log)}`, [
        `./tiphys logs ${name}`,
      ])
    },
  })
}

function tail(path: string): string {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
  return lines.slice(-5).join('\n')
}

async function startComponent(
  context: Context,
  settings: Settings,
  name: ComponentName,
): Promise<void> {
  const spec = componentSpec(context, settings, name)
  await askSupervisor(pathsOf(settings).supervisorSocket, { command: 'start', spec })
}

async function startSupervisor(context: Context, settings: Settings): Promise<void> {
  const { supervisorSocket, logs } = pathsOf(settings)
  if (await supervisorStatus(supervisorSocket)) return
  const log = openSync(join(logs, 'supervisor.log'), 'a', 0o600)
  const program = join(context.root, 'cli', 'supervisor', 'main.ts')
  const { env } = componentSpec(context, settings, 'apiserver')
  const child = spawn(context.node, [program, settings.runDir], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env,
  })
  closeSync(log)
  child.unref()
  await until(async () => ((await supervisorStatus(supervisorSocket)) ? true : undefined), {
    clock: context.clock,
    signal: context.signal,
    what: 'the supervisor',
    timeoutMs: startTimeoutMs,
  })
}

function mergeAccess(context: Context, settings: Settings, ledger: Ledger): void {
  const file = (name: string) => readFileSync(join(pathsOf(settings).pki, name), 'utf8')
  const path = settings.kubeconfig
  const directory = join(path, '..')
  if (!existsSync(directory)) ledger.record({ kind: 'sharedDirectory', path: directory })
  ledger.record({ kind: 'kubeconfig', path, context: settings.name, madeFile: !existsSync(path) })
  mergeKubeconfig(
    path,
    {
      name: settings.name,
      server: `https://127.0.0.1:${settings.apiPort}`,
      authority: file('ca.crt'),
      certificate: file('admin.crt'),
      key: file('admin.key'),
    },
    callerOf(context).owner,
  )
}

function closing(context: Context, settings: Settings): void {
  const kubeconfig = kubeconfigPath(context, callerOf(context).home)
  const file = settings.kubeconfig === kubeconfig ? '' : ` --kubeconfig ${settings.kubeconfig}`
  const current = currentContext(settings.kubeconfig) === settings.name
  const named = current ? '' : ` --context ${settings.name}`
  const page = settings.dashboardPort ? `rollouts         ${pageAddress(settings)}\n` : ''
  context.out.write(`
kubectl context  ${settings.name}  (in ${settings.kubeconfig})
try              kubectl${file}${named} apply -f manifests/hello.yaml
${page}logs             ${pathsOf(settings).logs}
`)
}
