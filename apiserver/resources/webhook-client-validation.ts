/** Where a webhook is called: by an address, or through a Service of the cluster; one of them, and nothing doubtful. */

import { type FieldErrors, invalid, required } from './field-errors.ts'
import { portNumberProblems, subdomainProblems } from './name-validation.ts'

export interface WebhookClient {
  url?: string
  service?: { namespace?: string; name?: string; path?: string; port?: number }
  caBundle?: string
}

const form = '; desired format: https://host[/path]'

/** Changes `client`; idempotent. */
export function defaultWebhookClient(client: WebhookClient | undefined): void {
  if (client?.service) client.service.port ||= 443
}

export function* validateWebhookClient(client: WebhookClient, field: string): FieldErrors {
  const { url, service } = client
  if ((url === undefined) === (service === undefined))
    yield required(field, 'exactly one of url or service is required')
  else if (url !== undefined) yield* validateUrl(url, `${field}.url`)
  else if (service) yield* validateService(service, `${field}.service`)
}

function* validateUrl(text: string, field: string): FieldErrors {
  const url = URL.parse(text)
  if (!url)
    return yield required(field, `url must be a valid URL: parse ${JSON.stringify(text)}${form}`)
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https')
    yield invalid(field, scheme, `'https' is the only allowed URL scheme${form}`)
  if (url.host === '') yield invalid(field, url.host, `host must be specified${form}`)
  if (url.username !== '' || url.password !== '')
    yield invalid(
      field,
      url.password === '' ? url.username : `${url.username}:${url.password}`,
      'user information is not permitted in the URL',
    )
  if (url.hash.length > 1)
    yield invalid(field, url.hash.slice(1), 'fragments are not permitted in the URL')
  if (url.search.length > 1)
    yield invalid(field, url.search.slice(1), 'query parameters are not permitted in the URL')
}

function* validateService(
  { name, namespace, path, port = 0 }: NonNullable<WebhookClient['service']>,
  field: string,
): FieldErrors {
  if (!name) yield required(`${field}.name`, 'service name is required')
  if (!namespace) yield required(`${field}.namespace`, 'service namespace is required')
  const problems = portNumberProblems(port)
  if (problems.length > 0)
    yield invalid(`${field}.port`, port, `port is not valid: ${problems.join(', ')}`)
  if (path) yield* validatePath(path, `${field}.path`)
}

function* validatePath(path: string, field: string): FieldErrors {
  if (path === '/') return
  if (path === '//') return yield invalid(field, path, 'segment[0] may not be empty')
  if (!path.startsWith('/')) yield invalid(field, path, "must start with a '/'")
  for (const [index, segment] of path.slice(1).replace(/\/$/, '').split('/').entries())
    if (segment === '') yield invalid(field, path, `segment[${index}] may not be empty`)
    else
      for (const problem of subdomainProblems(segment))
        yield invalid(field, path, `segment[${index}]: ${problem}`)
}
