/**
 * A container's environment, resolved: literals with `$(VAR)` expansion, ConfigMap and Secret keys, fields, resources,
 * and the addresses of services. Later entries win; the order is kept.
 */

import type { ConfigMap, Container, Pod, Secret, Service } from '../../api/types.ts'
import { fieldRef, type NodeFacts, resourceFieldRef } from './field-ref.ts'

/** What the environment may refer to; each answers from a cache or asks the API server. */
export interface Objects {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>
  secret(namespace: string, name: string): Promise<Secret | undefined>
  /** Of the pod's namespace, and `default/kubernetes`. */
  services(namespace: string): Service[]
}

/** The container cannot be made as it is described: `CreateContainerConfigError`. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * `$(NAME)` by what is known, `$$` by `$`; an unknown name stays as it is. The syntax is that of container commands,
 * arguments and variables.
 */
export function expand(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, after: string, name: string | undefined) => {
    if (after === '$') return '$'
    return known.get(name ?? '') ?? whole
  })
}

type Entry = NonNullable<Container['env']>[number]
type From = NonNullable<Container['envFrom']>[number]

export const base64Text = (text: string): string => Buffer.from(text, 'base64').toString('utf8')

const own = (map: Record<string, string> | undefined, key: string): string | undefined =>
  map && Object.hasOwn(map, key) ? map[key] : undefined

const isVariableName = (name: string): boolean => /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)

async function fromSource(
  from: From,
  namespace: string,
  objects: Objects,
): Promise<[string, string][]> {
  const { configMapRef, secretRef, prefix = '' } = from
  let data: [string, string][] = []
  if (configMapRef) {
    const map = await objects.configMap(namespace, configMapRef.name ?? '')
    if (!map && !configMapRef.optional)
      throw new ConfigError(`configmap "${configMapRef.name}" not found`)
    data = Object.entries(map?.data ?? {})
  } else if (secretRef) {
    const secret = await objects.secret(namespace, secretRef.name ?? '')
    if (!secret && !secretRef.optional)
      throw new ConfigError(`secret "${secretRef.name}" not found`)
    data = Object.entries(secret?.data ?? {}).map(([key, value]) => [key, base64Text(value)])
  }
  return data
    .map(([key, value]): [string, string] => [`${prefix}${key}`, value])
    .filter(([name]) => isVariableName(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** `undefined`: optional and absent, so the variable is not set at all. */
async function fromReference(
  entry: Entry,
  pod: Pod,
  container: Container,
  objects: Objects,
  facts: NodeFacts,
): Promise<string | undefined> {
  const source = entry.valueFrom
  const namespace = pod.metadata.namespace ?? ''
  if (!source) return ''
  if (source.fieldRef) return fieldRef(pod, source.fieldRef.fieldPath, facts)
  if (source.resourceFieldRef)
    return resourceFieldRef(pod, container, source.resourceFieldRef, facts)
  if (source.configMapKeyRef) {
    const { name = '', key, optional } = source.configMapKeyRef
    const map = await objects.configMap(namespace, name)
    const value = own(map?.data, key)
    if (value !== undefined || optional) return value
    throw new ConfigError(
      map
        ? `couldn't find key ${key} in ConfigMap ${namespace}/${name}`
        : `configmap "${name}" not found`,
    )
  }
  if (source.secretKeyRef) {
    const { name = '', key, optional } = source.secretKeyRef
    const secret = await objects.secret(namespace, name)
    const value = own(secret?.data, key)
    if (value !== undefined) return base64Text(value)
    if (optional) return undefined
    throw new ConfigError(
      secret
        ? `couldn't find key ${key} in Secret ${namespace}/${name}`
        : `secret "${name}" not found`,
    )
  }
  throw new ConfigError(`env ${entry.name}: this kind of valueFrom is not supported`)
}

/** The variables by which containers of old found services: `WEB_SERVICE_HOST`, `WEB_PORT_80_TCP_ADDR`, ... */
export function serviceVariables(services: Service[]): [string, string][] {
  const variables: [string, string][] = []
  for (const service of services) {
    const ip = service.spec?.clusterIP
    const ports = service.spec?.ports ?? []
    const [first] = ports
    if (!ip || ip === 'None' || !first) continue
    const name = (service.metadata.name ?? '').toUpperCase().replaceAll('-', '_')
    const host = ip.includes(':') ? `[${ip}]` : ip
    variables.push([`${name}_SERVICE_HOST`, ip], [`${name}_SERVICE_PORT`, String(first.port)])
    for (const port of ports)
      if (port.name)
        variables.push([
          `${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`,
          String(port.port),
        ])
    const url = (port: typeof first) =>
      `${(port.protocol ?? 'TCP').toLowerCase()}://${host}:${port.port}`
    variables.push([`${name}_PORT`, url(first)])
    for (const port of ports) {
      const protocol = port.protocol ?? 'TCP'
      const prefix = `${name}_PORT_${port.port}_${protocol}`
      variables.push(
        [prefix, url(port)],
        [`${prefix}_PROTO`, protocol.toLowerCase()],
        [`${prefix}_PORT`, String(port.port)],
        [`${prefix}_ADDR`, ip],
      )
    }
  }
  return variables
}

/** Rejects with `ConfigError` or `FieldRefError` when something that is needed is not there. */
export async function environment(
  pod: Pod,
  container: Container,
  objects: Objects,
  facts: NodeFacts,
): Promise<Map<string, string>> {
  const namespace = pod.metadata.namespace ?? ''
  const result = new Map<string, string>()
  const links = pod.spec?.enableServiceLinks ?? true
  const services = objects
    .services(namespace)
    .filter(
      ({ metadata }) =>
        (metadata.namespace === 'default' && metadata.name === 'kubernetes') ||
        (links && metadata.namespace === namespace),
    )
  const fromServices = new Map(serviceVariables(services))
  for (const from of container.envFrom ?? [])
    for (const [name, value] of await fromSource(from, namespace, objects)) result.set(name, value)
  const known = new Map([...fromServices, ...result])
  for (const entry of container.env ?? []) {
    const value = entry.value
      ? expand(entry.value, known)
      : await fromReference(entry, pod, container, objects, facts)
    if (value === undefined) continue
    result.delete(entry.name)
    result.set(entry.name, value)
    known.set(entry.name, value)
  }
  for (const [name, value] of fromServices) if (!result.has(name)) result.set(name, value)
  return result
}
