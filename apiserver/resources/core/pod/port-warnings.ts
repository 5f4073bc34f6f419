/** Ports that containers of one pod name more than once. */

import type { Container } from '../../../../api/types.ts'
import type { Warnings } from '../node-label-warnings.ts'

type Port = NonNullable<Container['ports']>[number]
type Placed = { port: Port; field: string }

/** @param containers with their fields */
export function* portWarnings(containers: Iterable<readonly [Container, string]>): Warnings {
  const placed = new Map<string, Placed[]>()
  for (const [container, at] of containers)
    for (const [index, port] of (container.ports ?? []).entries()) {
      const field = `${at}.ports[${index}]`
      if (port.hostIP && !port.hostPort)
        yield `${field}: hostIP set without hostPort: ${textOf(port)}`
      const key = `${port.containerPort}/${port.protocol}`
      const others = placed.get(key) ?? []
      for (const other of others) yield* conflict({ port, field }, other)
      placed.set(key, [...others, { port, field }])
    }
}

function* conflict({ port, field }: Placed, { port: other, field: otherField }: Placed): Warnings {
  const { hostIP = '', hostPort = 0 } = port
  const { hostIP: otherIP = '', hostPort: otherPort = 0 } = other
  if (hostIP === otherIP && hostPort === otherPort)
    yield `${field}: duplicate port definition with ${otherField}`
  else if (hostPort === 0 || otherPort === 0)
    yield `${field}: overlapping port definition with ${otherField}`
  else if (hostPort === otherPort && (hostIP === '') !== (otherIP === ''))
    yield `${field}: dangerously ambiguous port definition with ${otherField}`
}

const textOf = ({ name = '', hostPort = 0, containerPort, protocol, hostIP }: Port) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
