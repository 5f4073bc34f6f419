/** The paths of the node's server, as data: what is asked for, of which pod, before anything is done. */

export interface PodPlace {
  namespace: string
  pod: string
  /** Only this very pod, when given. */
  uid?: string
}

export interface ContainerPlace extends PodPlace {
  container: string
}

export type Route =
  | { what: 'healthz' | 'pods' | 'metrics' }
  | ({ what: 'logs' } & ContainerPlace)
  | ({ what: 'logHistory' } & Required<ContainerPlace>)
  | ({ what: 'exec' | 'attach' } & ContainerPlace)
  | ({ what: 'portForward' } & PodPlace)

/** `undefined` where there is nothing. Paths are those of a kubelet, and `logHistory`. */
export function routeOf(path: string): Route | undefined {
  const [what = '', ...rest] = path.split('/').slice(1).map(decodeSegment)
  if (rest.some((segment) => segment === undefined || segment === '')) return undefined
  const parts = rest as string[]
  switch (what) {
    case 'healthz':
    case 'pods':
    case 'metrics':
      return parts.length === 0 ? { what } : undefined
    case 'containerLogs':
    case 'exec':
    case 'attach': {
      const kind = what === 'containerLogs' ? 'logs' : what
      const [namespace = '', pod = '', third = '', fourth] = parts
      if (parts.length === 3) return { what: kind, namespace, pod, container: third }
      if (parts.length === 4 && fourth)
        return { what: kind, namespace, pod, uid: third, container: fourth }
      return undefined
    }
    case 'logHistory': {
      const [namespace = '', pod = '', uid = '', container = ''] = parts
      return parts.length === 4 ? { what, namespace, pod, uid, container } : undefined
    }
    case 'portForward': {
      const [namespace = '', pod = '', uid] = parts
      if (parts.length === 2) return { what, namespace, pod }
      return parts.length === 3 && uid ? { what, namespace, pod, uid } : undefined
    }
    default:
      return undefined
  }
}

function decodeSegment(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

export const flag = (query: URLSearchParams, name: string): boolean =>
  /^(1|t|true)$/i.test(query.get(name) ?? '')

/** A whole number of a query, `undefined` when absent; throws `RangeError` on anything else. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text))
    throw new RangeError(`${name} must be a whole number, not "${text}"`)
  return Number(text)
}
