/** The rollout page of an instance: where it is served, that it runs, and how it is opened. */

import { addressOf, tokenIn } from '../dashboard/server/token.ts'
import { CommandError } from './context.ts'
import { freePort, portIsFree } from './host.ts'
import { type Flags, pathsOf, type Settings } from './settings.ts'
import { leftBehind } from './stop.ts'
import { askSupervisor, supervisorStatus } from './supervisor/protocol.ts'

const firstPort = 6480
/** Instances on one machine, each with its own. */
const portsTried = 20

export type PageFlags = Pick<Flags, 'dashboardPort'> & { dashboard?: boolean | undefined }

/**
 * As flags say, else as before; another where that is taken meanwhile. 0: none.
 * @throws CommandError where the one that was asked for is taken
 */
export async function pagePort(settings: Settings, flags: PageFlags): Promise<number> {
  const { dashboardPort: asked, dashboard } = flags
  if (dashboard === false) return 0
  const before = settings.dashboardPort
  const running = await pageRuns(settings)
  if (asked) {
    if ((running && asked === before) || (await portIsFree(asked, '127.0.0.1'))) return asked
    throw new CommandError(`port ${asked} is taken by another program`, [
      'npm start -- --dashboard-port=0   # any that is free',
    ])
  }
  if (asked === 0) return freePort()
  if (before === 0 || (before && (running || (await portIsFree(before, '127.0.0.1')))))
    return before
  return nextPort()
}

/** 6480, or the next that is free. */
export async function nextPort(): Promise<number> {
  for (let port = firstPort; port < firstPort + portsTried; port++)
    if (await portIsFree(port, '127.0.0.1')) return port
  return freePort()
}

export async function pageRuns(settings: Settings): Promise<boolean> {
  const supervisor = await supervisorStatus(pathsOf(settings).supervisorSocket)
  const page = supervisor?.components.find(({ name }) => name === 'dashboard')
  return supervisor ? page?.phase === 'running' : leftBehind(settings).has('dashboard')
}

/** Somebody has decided against it. */
export async function stopPage(settings: Settings): Promise<void> {
  const socket = pathsOf(settings).supervisorSocket
  if ((await pageRuns(settings)) && (await supervisorStatus(socket)))
    await askSupervisor(socket, { command: 'stop', name: 'dashboard' })
}

/** With the token: who opens it needs nothing else. */
export const pageAddress = (settings: Settings): string =>
  addressOf(settings.dashboardPort ?? 0, tokenIn(pathsOf(settings).dashboardToken))
