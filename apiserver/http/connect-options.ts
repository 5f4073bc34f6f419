/** Connections to pods, services and nodes as admission sees them: their query as an object of the API. */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import type { SubresourceRequest } from './subresource-handler.ts'

type Fields = Record<string, unknown>

const yes = (query: URLSearchParams, name: string) =>
  ['true', '1'].includes(query.get(name) ?? '') ? { [name]: true } : {}

const streams = (query: URLSearchParams): Fields => {
  const container = query.get('container')
  return {
    ...yes(query, 'stdin'),
    ...yes(query, 'stdout'),
    ...yes(query, 'stderr'),
    ...yes(query, 'tty'),
    ...(container && { container }),
  }
}

const path = (_query: URLSearchParams, rest: string): Fields => (rest === '' ? {} : { path: rest })

const options = new Map<string, { kind: string; of(query: URLSearchParams, rest: string): Fields }>(
  [
    [
      'pods/exec',
      {
        kind: 'PodExecOptions',
        of: (query) => ({ ...streams(query), command: query.getAll('command') }),
      },
    ],
    ['pods/attach', { kind: 'PodAttachOptions', of: streams }],
    [
      'pods/portforward',
      {
        kind: 'PodPortForwardOptions',
        of: (query) => {
          const ports = query.getAll('ports').flatMap((text) => text.split(','))
          return ports.length === 0 ? {} : { ports: ports.map(Number).filter(Number.isInteger) }
        },
      },
    ],
    ['pods/proxy', { kind: 'PodProxyOptions', of: path }],
    ['services/proxy', { kind: 'ServiceProxyOptions', of: path }],
    ['nodes/proxy', { kind: 'NodeProxyOptions', of: path }],
  ],
)

/** Logs are read, not connected to: they pass. @throws StatusError where admission refuses */
export async function admitConnection(request: SubresourceRequest): Promise<void> {
  const { target, query, rest, context, registry } = request
  const option = options.get(`${target.resource.plural}/${target.subresource}`)
  if (!option || target.resource.group !== '') return
  const kind: GroupVersionKind = { group: '', version: 'v1', kind: option.kind }
  // These are the API's only objects without metadata.
  const object = { kind: option.kind, apiVersion: 'v1', ...option.of(query, rest) } as unknown
  const subject = { operation: 'CONNECT', kind, object: object as KubernetesObject } as const
  await registry.admit(target, subject, undefined, context)
}
