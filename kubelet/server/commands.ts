/** Serves `exec` and `attach`: which container, with which streams. */

import type { Clock } from '../../ports/clock.ts'
import type { PodLookup } from '../pods/pod-lookup.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { podAt, runningContainer } from './places.ts'
import { Refusal } from './refusal.ts'
import { RemoteCommand, type Streams } from './remote-command.ts'
import { type ContainerPlace, flag } from './routes.ts'
import { SpdySession } from './spdy/session.ts'
import { upgradeToSpdy } from './spdy/upgrade.ts'
import { acceptWebSocket, isSpdy, passThrough, type Upgrade } from './upgrades.ts'

const protocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io']

export async function serveCommand(
  { pods, runtime, clock }: { pods: PodLookup; runtime: Runtime; clock: Clock },
  route: { what: 'exec' | 'attach' } & ContainerPlace,
  query: URLSearchParams,
  upgrade: Upgrade,
): Promise<void> {
  const container = runningContainer(podAt(pods, route), route.container)
  const streams = streamsOf(query)
  const command = query.getAll('command')
  if (route.what === 'exec' && command.length === 0)
    throw new Refusal(400, 'you must specify at least 1 command')
  const url =
    route.what === 'exec'
      ? await runtime.execUrl(container.id, { ...streams, command })
      : await runtime.attachUrl(container.id, streams)
  if (isSpdy(upgrade)) return passThrough(url, upgrade)
  const upgraded = await upgradeToSpdy(url, protocols)
  const accepted = acceptWebSocket(upgrade, upgraded)
  const session = new SpdySession(upgraded.socket, upgraded.head)
  new RemoteCommand(accepted, session, clock).start(streams)
}

function streamsOf(query: URLSearchParams): Streams {
  const either = (long: string, short: string) => flag(query, long) || flag(query, short)
  const tty = flag(query, 'tty')
  const streams = {
    stdin: either('stdin', 'input'),
    stdout: either('stdout', 'output'),
    stderr: either('stderr', 'error') && !tty,
    tty,
  }
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    throw new Refusal(400, 'you must specify at least 1 of stdin, stdout, stderr')
  return streams
}
