/** `tiphys status`: what runs, since when, how often it was started again, and where to reach it. */

import { adminClient } from './api.ts'
import { componentNames } from './components.ts'
import type { Context } from './context.ts'
import {
  addressesOf,
  type Flags,
  loadSettings,
  locate,
  pathsOf,
  type Settings,
} from './settings.ts'
import { leftBehind } from './stop.ts'
import type { ComponentStatus } from './supervisor/keeper.ts'
import { ageOf, type ProcessIdentity } from './supervisor/process.ts'
import { supervisorStatus } from './supervisor/protocol.ts'

interface Node {
  metadata: { name: string }
  status?: {
    conditions?: { type: string; status: string; message?: string }[]
    nodeInfo?: { containerRuntimeVersion?: string; kubeletVersion?: string }
  }
}

/** 0 when all that belongs to the instance runs and every node is ready. */
export async function status(context: Context, flags: Flags): Promise<number> {
  const location = locate(context, flags)
  const settings = loadSettings(location)
  if (!settings) {
    context.out.write(`There is no cluster in ${location.dataDir}. Make one: npm start\n`)
    return 1
  }
  const supervisor = await supervisorStatus(pathsOf(settings).supervisorSocket)
  const left = supervisor ? new Map<string, ProcessIdentity>() : leftBehind(settings)
  const components = componentNames(settings).map(
    (name): ComponentStatus =>
      supervisor?.components.find((component) => component.name === name) ?? unkept(name, left),
  )
  const rows = [
    ['COMPONENT', 'STATE', 'PID', 'UPTIME', 'RESTARTS'],
    supervisor
      ? ['supervisor', 'running', String(supervisor.pid), uptime(supervisor.pid), '0']
      : ['supervisor', 'stopped', '-', '-', '-'],
    ...components.map(row),
  ]
  context.out.write(`${table(rows)}\n\n`)
  const { lines, ready } = supervisor ? await clusterLines(settings) : { lines: [], ready: false }
  for (const line of [...lines, ...placeLines(settings)]) context.out.write(`${line}\n`)
  return supervisor && ready && components.every(({ phase }) => phase === 'running') ? 0 : 1
}

function row({ name, phase, pid, restarts, lastExit }: ComponentStatus): string[] {
  const state = lastExit ? `${phase} (${lastExit})` : phase
  return [name, state, pid ? String(pid) : '-', pid ? uptime(pid) : '-', String(restarts)]
}

function uptime(pid: number): string {
  const age = ageOf(pid)
  return age === undefined ? '-' : duration(age)
}

/** Without a supervisor: what its predecessor has left running, which nobody would start again. */
function unkept(name: string, left: Map<string, ProcessIdentity>): ComponentStatus {
  const process = left.get(name)
  if (!process) return { name, phase: 'stopped', restarts: 0 }
  const lastExit = 'unsupervised: npm start takes over'
  return { name, phase: 'running', pid: process.pid, restarts: 0, lastExit }
}

async function clusterLines(settings: Settings): Promise<{ lines: string[]; ready: boolean }> {
  const api = adminClient(settings)
  try {
    const version = await api.getJson<{ gitVersion: string }>('/version')
    const nodes = await api.getJson<{ items: Node[] }>('/api/v1/nodes?limit=500')
    const states = (nodes?.items ?? []).map((node) => nodeState(node))
    return {
      lines: [
        `API level    ${version?.gitVersion ?? 'unknown'}`,
        ...states.map(({ line }) => line),
      ],
      ready: states.length > 0 && states.every(({ ready }) => ready),
    }
  } catch (error) {
    return { lines: [`API server   no answer: ${(error as Error).message}`], ready: false }
  } finally {
    api.close()
  }
}

function nodeState({ metadata, status }: Node): { line: string; ready: boolean } {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const runtime = status?.nodeInfo?.containerRuntimeVersion ?? ''
  const word = ready?.status === 'True' ? 'Ready' : `not ready: ${ready?.message ?? 'unknown'}`
  return {
    line: `node         ${metadata.name}  ${word}  ${runtime}`,
    ready: ready?.status === 'True',
  }
}

function placeLines(settings: Settings): string[] {
  const { nodeAddress } = addressesOf(settings)
  const simulated = settings.runtime === 'simulated' ? '  (no container really runs)' : ''
  return [
    `storage      ${settings.storage}${settings.storage === 'etcd' ? `  ${pathsOf(settings).etcdSocket}` : ''}`,
    `runtime      ${settings.runtime}${simulated}`,
    `API          https://127.0.0.1:${settings.apiPort}`,
    ...(settings.dashboardPort
      ? [
          `page         http://127.0.0.1:${settings.dashboardPort}  (tiphys dashboard: with its token)`,
        ]
      : []),
    `node         ${nodeAddress}, pods ${settings.podCidr}, services ${settings.serviceCidr}, node ports ${settings.nodePortRange}`,
    `data         ${settings.dataDir}`,
    `kubeconfig   ${settings.kubeconfig}, context ${settings.name}`,
  ]
}

export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  return `${Math.floor(seconds / 3600)}h`
}
