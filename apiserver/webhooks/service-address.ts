/**
 * Where a Service leads from this machine: straight to the addresses of its endpoints, because an API server need
 * not stand where service addresses are translated. It reads caches and asks no DNS.
 */

import type { Service } from '../../api/types.ts'
import type { Random } from '../../ports/random.ts'
import type { Lister } from '../registry/lister.ts'
import { anyEndpoint } from '../registry/service-endpoints.ts'
import { WebhookFailure } from './webhook-failure.ts'

export interface ServicePlace {
  /** What the certificate must name: `webhook.default.svc`. */
  serverName: string
  /** An IP address, or the name that an ExternalName service stands for. */
  host: string
  port: number
}

export interface ServiceName {
  namespace: string
  name: string
  port: number
}

/**
 * @throws WebhookFailure where there is no such service, port or endpoint
 */
export function servicePlace(
  lister: Lister,
  { namespace, name, port }: ServiceName,
  random: Random,
): ServicePlace {
  const service = lister.get<Service>('services', namespace, name)
  if (!service) throw new WebhookFailure(`service ${JSON.stringify(name)} not found`)
  const serverName = `${name}.${namespace}.svc`
  const { type, externalName, ports = [] } = service.spec ?? {}
  if (type === 'ExternalName' && externalName) return { serverName, host: externalName, port }
  const served = ports.find((each) => each.port === port)
  if (!served)
    throw new WebhookFailure(`no service port ${port} found for service ${JSON.stringify(name)}`)
  const place = anyEndpoint(lister, { namespace, name, portName: served.name }, random)
  if (!place) throw new WebhookFailure(`no endpoints available for service ${JSON.stringify(name)}`)
  return { serverName, ...place }
}
