/** `[https:]NAME[:PORT]`: how a pod, service or node is named in a proxy's path. */

import { badRequest } from '../http/status.ts'

export interface ProxyName {
  secure: boolean
  name: string
  /** A number or the name of a port; empty where none was named. */
  port: string
}

/** @throws StatusError 400 */
export function parseProxyName(text: string, kind: string): ProxyName {
  const parts = text.split(':')
  const [first = '', second = '', third = ''] = parts
  const wrong = () => badRequest(`invalid ${kind} request ${JSON.stringify(text)}`)
  if (parts.length === 3) {
    if (first !== '' && first !== 'http' && first !== 'https') throw wrong()
    if (second === '') throw wrong()
    return { secure: first === 'https', name: second, port: third }
  }
  if (parts.length > 2 || first === '') throw wrong()
  return { secure: false, name: first, port: second }
}
