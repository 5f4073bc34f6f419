/** What a server wants to see before it answers: the `WWW-Authenticate` header (RFC 9110, 11.6.1). Pure. */

export type Challenge =
  | { scheme: 'basic' }
  | { scheme: 'bearer'; parameters: ReadonlyMap<string, string> }
  | { scheme: 'unknown' }

const longest = 4096
const parameter = /([a-zA-Z]+)="([^"]*)"/g

/** `Bearer realm="https://auth.example.com/token",service="registry",scope="repository:shop:pull"` */
export function challengeOf(header: string): Challenge {
  const text = header.slice(0, longest)
  const scheme = /^\s*([a-zA-Z]+)/.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'basic') return { scheme }
  if (scheme !== 'bearer') return { scheme: 'unknown' }
  const found = [...text.matchAll(parameter)].map(
    ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
  )
  return { scheme, parameters: new Map(found) }
}
