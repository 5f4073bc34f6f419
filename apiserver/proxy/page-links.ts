/** Links of proxied pages and redirects, so that a browser that follows them stays under the proxy's own path. */

import type { IncomingHttpHeaders } from 'node:http'
import type { Rewriter } from './reverse-proxy.ts'

/** Attributes of HTML that hold one address. */
const addresses = new Set([
  'action',
  'cite',
  'data',
  'formaction',
  'href',
  'icon',
  'longdesc',
  'manifest',
  'poster',
  'src',
])

/** @param prefix the path of the proxy, without the last `/`; @param authority of the other end: `10.0.0.1:8080` */
export function underPrefix(prefix: string, authority: string): Rewriter {
  const location = (value: string): string => {
    if (value.startsWith('//')) return value
    if (value.startsWith('/')) return value.startsWith(`${prefix}/`) ? value : prefix + value
    if (!URL.canParse(value)) return value
    const { host, pathname, search, hash } = new URL(value)
    return host === authority ? `${prefix}${pathname}${search}${hash}` : value
  }
  return { location, page: (headers) => (isPage(headers) ? rewriting(location) : undefined) }
}

/** What is compressed, or in an encoding of its own, goes through as it is. */
const isPage = (headers: IncomingHttpHeaders) =>
  /^text\/html\s*(;\s*charset="?(utf-8|us-ascii)"?\s*)?$/i.test(headers['content-type'] ?? '') &&
  (headers['content-encoding'] ?? 'identity') === 'identity'

async function rewriting(location: (value: string) => string): Promise<NodeJS.ReadWriteStream> {
  const { RewritingStream } = await import('parse5-html-rewriting-stream')
  const stream = new RewritingStream()
  stream.on('startTag', (tag) => {
    for (const attribute of tag.attrs)
      if (addresses.has(attribute.name)) attribute.value = location(attribute.value)
    stream.emitStartTag(tag)
  })
  return stream
}
