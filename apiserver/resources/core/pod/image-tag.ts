/** How an image is pulled when nobody says: `latest`, written or meant, always; any other only when it is missing. */

const name = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/

export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return tagOf(image ?? '') === 'latest' ? 'Always' : 'IfNotPresent'
}

/** The tag; `latest` when there is neither tag nor digest, none when the reference is malformed. */
function tagOf(image: string): string | undefined {
  const [reference = '', digest] = image.split('@')
  const slash = reference.lastIndexOf('/')
  const colon = reference.indexOf(':', slash + 1)
  const last = colon < 0 ? reference.slice(slash + 1) : reference.slice(slash + 1, colon)
  if (!name.test(last)) return undefined
  if (colon >= 0) return reference.slice(colon + 1)
  return digest === undefined ? 'latest' : undefined
}
