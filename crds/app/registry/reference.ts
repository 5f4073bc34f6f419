/** What an image is called: `REGISTRY/NAME:TAG` or `REGISTRY/NAME@DIGEST`, short names read as containerd reads them. Pure. */

export interface ImageReference {
  /** `registry.example.com`, `127.0.0.1:5000`, `docker.io` */
  readonly host: string
  readonly repository: string
  /** Absent where a digest says more. */
  readonly tag?: string
  readonly digest?: string
}

export class ImageReferenceError extends Error {
  override name = 'ImageReferenceError'
}

const hostName = /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:\d{1,5})?$/
const component = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/
const tagName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const sha256 = /^sha256:[0-9a-f]{64}$/

export const isDigest = (text: string): boolean => sha256.test(text)

/** Throws `ImageReferenceError` on what is no image. `shop` is `docker.io/library/shop:latest`. */
export function parseReference(text: string): ImageReference {
  const wrong = (what: string) => new ImageReferenceError(`image ${JSON.stringify(text)}: ${what}`)
  const [named = '', digest, ...rest] = text.split('@')
  if (rest.length > 0 || (digest !== undefined && !isDigest(digest)))
    throw wrong('what follows the @ is not sha256: and 64 hexadecimal digits')
  const colon = named.lastIndexOf(':')
  const tagged = colon > named.lastIndexOf('/')
  const tag = tagged ? named.slice(colon + 1) : 'latest'
  if (!tagName.test(tag)) throw wrong('that is no tag')
  const { host, repository } = located(tagged ? named.slice(0, colon) : named)
  if (!hostName.test(host)) throw wrong(`${JSON.stringify(host)} is no host`)
  if (!repository.split('/').every((part) => component.test(part)))
    throw wrong(`${JSON.stringify(repository)} is no repository, which is lower case`)
  return digest === undefined ? { host, repository, tag } : { host, repository, digest }
}

function located(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  if (/[.:]/.test(first) || first === 'localhost')
    return { host: first, repository: name.slice(slash + 1) }
  return { host: 'docker.io', repository: slash < 0 ? `library/${name}` : name }
}

/** Whether a registry is on this machine: only such a one is asked without TLS, as containerd has it. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name === 'localhost' || /^127(\.\d{1,3}){3}$/.test(name)
}
