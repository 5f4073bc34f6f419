/** Serves `port-forward`: into which sandbox, in which form. */

import type { PodLookup } from '../pods/pod-lookup.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { podAt } from './places.ts'
import { channels, tunnel, tunnelProtocol } from './port-forward.ts'
import { Refusal } from './refusal.ts'
import type { PodPlace } from './routes.ts'
import { SpdySession } from './spdy/session.ts'
import { upgradeToSpdy } from './spdy/upgrade.ts'
import { acceptWebSocket, isSpdy, passThrough, type Upgrade } from './upgrades.ts'

const protocols = ['portforward.k8s.io']

export async function servePortForward(
  { pods, runtime }: { pods: PodLookup; runtime: Runtime },
  route: PodPlace,
  query: URLSearchParams,
  upgrade: Upgrade,
): Promise<void> {
  const { sandboxId } = podAt(pods, route)
  if (!sandboxId) throw new Refusal(400, `pod ${route.namespace}/${route.pod} is not running`)
  const url = await runtime.portForwardUrl(sandboxId)
  if (isSpdy(upgrade)) return passThrough(url, upgrade)
  const ports = portsOf(query)
  const upgraded = await upgradeToSpdy(url, protocols)
  const { client, protocol } = acceptWebSocket(upgrade, upgraded)
  if (protocol === tunnelProtocol) tunnel(client, upgraded)
  else if (ports.length > 0)
    channels(client, new SpdySession(upgraded.socket, upgraded.head), ports)
  else {
    upgraded.socket.destroy()
    client.close(1008, 'name the ports: ?ports=80')
  }
}

function portsOf(query: URLSearchParams): number[] {
  return query
    .getAll('ports')
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '')
    .map((text) => {
      const port = Number(text)
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new Refusal(400, `"${text}" is not a port`)
      return port
    })
}
