/**
 * A group and version of the API that somebody else serves behind a Service: where it is, who we are to it, and whether
 * it can be asked. It is reached at its endpoints directly, and believed only with the certificate that its APIService
 * vouches for.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { APIService, Service } from '../../api/types.ts'
import type { Random } from '../../ports/random.ts'
import type { Headers } from '../http/exchange.ts'
import { serviceUnavailable } from '../http/status.ts'
import type { Destination } from '../proxy/reverse-proxy.ts'
import type { Lister } from '../registry/lister.ts'
import type { User } from '../registry/registry.ts'
import { anyEndpoint, type ServiceEndpoint } from '../registry/service-endpoints.ts'

/** How this server proves to others that it may say who a user is. */
export interface FrontProxy {
  certificate: string
  key: string
  /** Who vouches for the certificate, PEM: what aggregated servers check it by. */
  authority: string
}

export interface RemotePorts {
  lister: Lister
  random: Random
  frontProxy: FrontProxy | undefined
}

/** One check's outcome, in the words of the condition `Available`. */
export interface Availability {
  status: 'True' | 'False'
  reason: string
  message: string
}

/** Why it cannot even be asked. */
export class Unreachable extends Error {
  override name = 'Unreachable'
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What it says it serves, as aggregated discovery tells it. */
export interface RemoteResource {
  resource: string
  responseKind: { group: string; version: string; kind: string }
  scope: 'Namespaced' | 'Cluster'
  singularResource: string
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
  subresources?: { subresource: string; responseKind: object; verbs: string[] }[]
}

export class RemoteApi {
  /** As it stands in the APIService; replaced when that changes. */
  service: APIService
  /** Not asked yet: not available. */
  availability: Availability = {
    status: 'False',
    reason: 'NotChecked',
    message: 'it has not been asked yet',
  }
  resources: readonly RemoteResource[] = []
  /** Its own OpenAPI document, where it has one: `/openapi/v3/apis/G/V?hash=...`. */
  openApiUrl: string | undefined
  readonly #ports: RemotePorts

  constructor(service: APIService, ports: RemotePorts) {
    this.service = service
    this.#ports = ports
  }

  get group(): string {
    return this.service.spec?.group ?? ''
  }

  get version(): string {
    return this.service.spec?.version ?? ''
  }

  get available(): boolean {
    return this.availability.status === 'True'
  }

  /** @throws Unreachable */
  destination(path: string, headers: Headers): Destination {
    const { spec } = this.service
    const { namespace = '', name = '' } = spec?.service ?? {}
    const { frontProxy } = this.#ports
    return {
      secure: true,
      ...this.#place(),
      path,
      headers,
      name: `service/${name} in "${namespace}"`,
      tls: {
        servername: `${name}.${namespace}.svc`,
        rejectUnauthorized: spec?.insecureSkipTLSVerify !== true,
        ...(spec?.caBundle && { ca: Buffer.from(spec.caBundle, 'base64') }),
        ...(frontProxy && { cert: frontProxy.certificate, key: frontProxy.key }),
      },
    }
  }

  /** @throws Unreachable */
  #place(): ServiceEndpoint {
    const { namespace = '', name = '', port = 443 } = this.service.spec?.service ?? {}
    const { lister, random } = this.#ports
    const service = lister.get<Service & KubernetesObject>('services', namespace, name)
    if (!service)
      throw new Unreachable('ServiceNotFound', `service/${name} in "${namespace}" is not present`)
    const { type, externalName } = service.spec ?? {}
    if (type === 'ExternalName' && externalName) return { host: externalName, port }
    const served = service.spec?.ports?.find((each) => each.port === port)
    if (!served)
      throw new Unreachable(
        'ServicePortError',
        `service/${name} in "${namespace}" is not listening on port ${port}`,
      )
    const place = anyEndpoint(lister, { namespace, name, portName: served.name }, random)
    if (!place)
      throw new Unreachable(
        'MissingEndpoints',
        `endpoints for service/${name} in "${namespace}" have no addresses with port name ${JSON.stringify(served.name ?? '')}`,
      )
    return place
  }

  /** Where a request of a user goes. @throws StatusError 503 */
  destinationFor(path: string, user: User): Destination {
    if (!this.available) throw serviceUnavailable('service unavailable')
    try {
      return { ...this.destination(path, identity(user)), mayRedirect: false }
    } catch (error) {
      if (error instanceof Unreachable) throw serviceUnavailable(error.message)
      throw error
    }
  }
}

/** The headers in which a front proxy says who asks. */
export function identity({ name, uid, groups, extra = {} }: User): Headers {
  const headers: Headers = { 'X-Remote-User': asBytes(name), 'X-Remote-Group': groups.map(asBytes) }
  if (uid) headers['X-Remote-Uid'] = asBytes(uid)
  for (const [key, values] of Object.entries(extra))
    headers[`X-Remote-Extra-${escapeKey(key)}`] = values.map(asBytes)
  return headers
}

/** Header names have few characters: others are percent-encoded. */
const escapeKey = (key: string) =>
  key
    .toLowerCase()
    .replace(/[^a-z0-9!#$&'*+.^_`|~-]/gu, (char) =>
      [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    )

/** Values are written byte by byte: these are the bytes of UTF-8. */
const asBytes = (value: string) => Buffer.from(value).toString('latin1')
