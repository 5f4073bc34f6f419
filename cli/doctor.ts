/**
 * `tiphys doctor`: looks at everything a cluster needs and tells all that is missing or odd at once, each with the line
 * that mends it. Changes nothing.
 */

import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { sysctl } from '../kubelet/network/command.ts'
import { run } from './command.ts'
import type { Context } from './context.ts'
import { callerOf, cgroupMounts, cgroupShape, portIsFree } from './host.ts'
import { hasContext } from './kubeconfig.ts'
import { aptLine, findProgram, missing, requirementsOf } from './packages.ts'
import { findCgroups, findCni, findLinks, findProcesses, findTable } from './remains.ts'
import {
  addressesOf,
  decideSettings,
  type Flags,
  kubeconfigPath,
  loadSettings,
  locate,
  pathsOf,
  type Settings,
} from './settings.ts'
import { supervisorStatus } from './supervisor/protocol.ts'

type Finding =
  | { level: 'ok'; what: string }
  /** It works, but not as well as it could. */
  | { level: 'warning'; what: string; mend: string }
  /** A cluster cannot run as it was asked to. */
  | { level: 'error'; what: string; mend: string }

const ok = (what: string): Finding => ({ level: 'ok', what })
const warning = (what: string, mend: string): Finding => ({ level: 'warning', what, mend })
const failure = (what: string, mend: string): Finding => ({ level: 'error', what, mend })

/** 0: nothing wrong; 1: a cluster cannot run; warnings alone leave it 0. */
export async function doctor(context: Context, flags: Flags): Promise<number> {
  const kubeconfig = kubeconfigPath(context, callerOf(context).home)
  const real = { storage: 'etcd', runtime: 'containerd', kubeconfig } as const
  const settings = decideSettings(context, flags, real)
  const running = (await supervisorStatus(pathsOf(settings).supervisorSocket)) !== undefined
  const findings = [
    ...privileges(context, settings),
    ...programs(settings),
    ...(await runtimeVersion(settings)),
    ...cgroups(settings),
    ...limits(),
    ...(await forwarding(settings, running)),
    ...(await ports(settings, running)),
    ...space(settings),
    ...(await leftovers(context, flags, settings, running)),
    ...access(context, settings, running),
  ]
  for (const finding of findings) print(context, finding)
  const errors = findings.filter(({ level }) => level === 'error').length
  const warnings = findings.filter(({ level }) => level === 'warning').length
  context.out.write(`\n${errors} to mend, ${warnings} to know about\n`)
  return errors > 0 ? 1 : 0
}

function print({ out }: Context, finding: Finding): void {
  const mark = { ok: '✓', warning: '!', error: '✗' }[finding.level]
  out.write(`  ${mark} ${finding.what}\n`)
  if (finding.level !== 'ok') out.write(`      ${finding.mend}\n`)
}

function privileges({ uid }: Context, { runtime }: Settings): Finding[] {
  if (uid === 0) return [ok('runs as root')]
  if (runtime === 'simulated') return [ok('runs without root, on a simulated node')]
  return [failure('not root: pods would be simulated', 'sudo npm start')]
}

function programs(settings: Settings): Finding[] {
  const lacking = missing(requirementsOf(settings))
  if (lacking.length === 0) return [ok('all programs are there')]
  return [failure(`missing: ${lacking.map((r) => r.program).join(', ')}`, aptLine(lacking))]
}

/** Versions of runc with container escapes known by number; Debian patches them under the old number. */
async function runtimeVersion({ runtime }: Settings): Promise<Finding[]> {
  if (runtime !== 'containerd' || !findProgram('runc')) return []
  const { stdout } = await run('runc', ['--version'])
  const [, version = '', debian = ''] = /runc version (\d+\.\d+\.\d+)(\S*)/.exec(stdout) ?? []
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const old = major < 1 || (major === 1 && (minor < 1 || (minor === 1 && patch < 12)))
  if (!old) return [ok(`runc ${version}`)]
  const text = `${stdout}`.includes('+deb') || debian.includes('ds')
  return [
    text
      ? ok(
          `runc ${version}${debian} (older than 1.1.12, Debian carries the fixes: keep it updated)`,
        )
      : warning(
          `runc ${version} lets containers escape (CVE-2024-21626)`,
          'install runc 1.1.12 or later',
        ),
  ]
}

function cgroups({ runtime }: Settings): Finding[] {
  if (runtime !== 'containerd') return []
  const shape = cgroupShape()
  if (shape === 'none')
    return [failure('no control groups are mounted', 'mount -t cgroup2 none /sys/fs/cgroup')]
  const lacking = shape === 'v2' ? lackingV2() : lackingV1()
  if (lacking.length === 0) return [ok(`control groups: ${shape}`)]
  const mend = isWsl()
    ? 'in %UserProfile%\\.wslconfig under [wsl2]: kernelCommandLine=cgroup_no_v1=all, then wsl --shutdown'
    : 'add "cgroup_enable=memory swapaccount=1" to the kernel command line and reboot'
  return [failure(`control groups (${shape}) lack ${lacking.join(', ')}`, mend)]
}

const neededControllers = ['cpu', 'memory', 'pids']

function lackingV2(): string[] {
  const top = cgroupMounts()[0]?.point ?? '/sys/fs/cgroup'
  const present = readFileSync(`${top}/cgroup.controllers`, 'utf8').trim().split(' ')
  return neededControllers.filter((name) => !present.includes(name))
}

function lackingV1(): string[] {
  const points = cgroupMounts()
    .filter(({ type }) => type === 'cgroup')
    .flatMap(({ point }) => point.slice(point.lastIndexOf('/') + 1).split(','))
  return neededControllers.filter((name) => !points.includes(name))
}

const isWsl = () => /microsoft/i.test(readFileSync('/proc/version', 'utf8'))

const inotifyLimits = { max_user_instances: 256, max_user_watches: 16_384 }

/** "Too many open files" mostly means these. */
function limits(): Finding[] {
  const findings = Object.entries(inotifyLimits).flatMap(([name, least]) => {
    const value = Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'))
    const mend = `sudo sysctl fs.inotify.${name}=${least * 2}`
    return value < least
      ? [warning(`fs.inotify.${name} is ${value}: pods that watch files fail`, mend)]
      : []
  })
  return findings.length > 0 ? findings : [ok('inotify limits')]
}

async function forwarding({ runtime }: Settings, running: boolean): Promise<Finding[]> {
  if (runtime !== 'containerd') return []
  if ((await sysctl('net.ipv4.ip_forward')) === '1') return [ok('IP forwarding is on')]
  if (running)
    return [
      failure(
        'IP forwarding was switched off under the running cluster: pods reach nothing',
        'sudo sysctl net.ipv4.ip_forward=1',
      ),
    ]
  return mayWrite('/proc/sys/net/ipv4/ip_forward')
    ? [ok('IP forwarding is off; up switches it on, reset off again')]
    : [
        failure(
          'IP forwarding is off and cannot be switched on here',
          'sysctl net.ipv4.ip_forward=1',
        ),
      ]
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    // Whatever the reason, the answer is no.
    return false
  }
}

async function ports(settings: Settings, running: boolean): Promise<Finding[]> {
  if (running) return []
  const wanted: [number, string][] = [
    [settings.apiPort, '--api-port'],
    [settings.kubeletPort, '--kubelet-port'],
  ]
  const taken: Finding[] = []
  for (const [port, flag] of wanted)
    if (!(await portIsFree(port, '127.0.0.1')))
      taken.push(failure(`port ${port} is taken`, `npm start -- ${flag}=${port + 1000}`))
  return taken.length > 0
    ? taken
    : [ok(`ports ${wanted.map(([port]) => port).join(', ')} are free`)]
}

const leastSpace = 2 * 1024 ** 3

function space({ dataDir }: Settings): Finding[] {
  let directory = dataDir
  while (!existsSync(directory)) directory = dirname(directory)
  const { bavail, bsize } = statfsSync(directory)
  const free = bavail * bsize
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${dataDir}`
  return free < leastSpace
    ? [warning(`only ${text}`, 'npm start -- --data-dir=/somewhere/roomier')]
    : [ok(text)]
}

/** Parts of an instance that no supervisor looks after. */
async function leftovers(
  context: Context,
  flags: Flags,
  settings: Settings,
  running: boolean,
): Promise<Finding[]> {
  if (running) return []
  const location = locate(context, flags)
  const kept = loadSettings(location) !== undefined
  const { bridge } = addressesOf(settings)
  const found = [
    ...findProcesses(location).map(({ pid }) => `process ${pid}`),
    ...(await findLinks(bridge)).map((link) => `link ${link}`),
    ...(context.uid === 0 && (await findTable(settings.name))
      ? [`nft table ${settings.name}`]
      : []),
    ...findCgroups(settings.name),
    ...findCni(settings.name),
  ]
  if (found.length > 0)
    return [
      warning(
        `left from an earlier run: ${found.slice(0, 8).join(', ')}${found.length > 8 ? ', ...' : ''}`,
        kept ? 'npm start   # takes over; or npm run reset' : 'npm run reset',
      ),
    ]
  return kept ? [ok(`a stopped cluster is in ${settings.dataDir}`)] : []
}

/** `localhost:8080 was refused` means exactly this. */
function access(context: Context, settings: Settings, running: boolean): Finding[] {
  const findings: Finding[] = []
  if (!findProgram('kubectl'))
    findings.push(
      warning(
        'kubectl is not installed',
        'https://kubernetes.io/docs/tasks/tools/ (any recent version)',
      ),
    )
  if (!running) return findings
  if (!hasContext(settings.kubeconfig, settings.name))
    findings.push(
      failure(`${settings.kubeconfig} has no context ${settings.name}`, 'npm stop && npm start'),
    )
  const used = kubeconfigPath(context, callerOf(context).home)
  if (used !== settings.kubeconfig)
    findings.push(
      warning(
        `kubectl reads ${used}, the context is in ${settings.kubeconfig}`,
        `export KUBECONFIG=${settings.kubeconfig}`,
      ),
    )
  return findings
}
