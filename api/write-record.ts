/**
 * Who wrote a version of an object, by what request, and on account of what. The server keeps one beside every write (not
 * on the object) for as long as its history goes back; controllers say the causes of their writes in a request header.
 */

/** One version of one object, as `resource.group/namespace/name@resourceVersion`. */
export interface ObjectVersion {
  /** Plural: `pods`. */
  resource: string
  /** Empty for the core group. */
  group: string
  /** Empty for objects without a namespace. */
  namespace: string
  name: string
  /** Empty where it is not known. */
  resourceVersion: string
}

/** What a writer says of why it writes. */
export interface WriteCause {
  /** Which part of its program the writer is: a controller's name. */
  by?: string
  /** On whose behalf: the object that was reconciled, as it was seen. */
  for?: ObjectVersion
  /** What had woken the writer; `causesTold` at most. */
  because: ObjectVersion[]
  /** More of those than are told. */
  more?: number
}

export interface WriteRecord {
  /** RFC 3339 with milliseconds. */
  at: string
  verb: 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'deletecollection'
  /** `status`, `scale` ...; absent for the object itself. */
  subresource?: string
  user: string
  /** Who acted as that user. */
  impersonatedBy?: string
  userAgent?: string
  fieldManager?: string
  /** The `Audit-Id` of the answer. */
  requestId: string
  /** Absent where the writer said nothing of it: people, and programs that do not know this. */
  cause?: WriteCause
}

/** The request header, in lower case. First the object on whose behalf (or `-`), then who, what woke, then `+N`. */
export const causeHeader = 'tiphys-cause'

/** Entries of `because`. */
export const causesTold = 8

/** Longer texts of the header are nonsense. */
const longest = 8_192

export const versionText = ({
  resource,
  group,
  namespace,
  name,
  resourceVersion,
}: ObjectVersion): string =>
  `${resource}${group && `.${group}`}/${namespace}/${escaped(name)}${resourceVersion && `@${resourceVersion}`}`

/** Roles may be called as nothing else: what a header cannot carry, or would be taken for its own marks. */
const escaped = (name: string): string =>
  name.replace(/[^!-~]+|[%/,@]/g, (text) => encodeURIComponent(text.toWellFormed()))

/** As in `-, by=scheduler, pods/default/web-1@12, +3`. */
export function causeText({ by, for: primary, because, more }: WriteCause): string {
  const told = because.slice(0, causesTold)
  const rest = because.length - told.length + (more ?? 0)
  const who = [primary ? versionText(primary) : '-', ...(by && part.test(by) ? [`by=${by}`] : [])]
  return [...who, ...told.map(versionText), ...(rest > 0 ? [`+${rest}`] : [])].join(', ')
}

/** Names of controllers. */
const part = /^[a-z0-9.-]{1,63}$/i

const version = /^([a-z0-9-]+)(?:\.([a-z0-9.-]+))?\/([a-z0-9-]*)\/([^/@,\s]+)(?:@(\d{1,19}))?$/

function parseVersion(text: string): ObjectVersion | undefined {
  const [, resource, group = '', namespace = '', name, resourceVersion = ''] =
    version.exec(text) ?? []
  if (!resource || !name) return undefined
  try {
    return { resource, group, namespace, name: decodeURIComponent(name), resourceVersion }
  } catch {
    // Not escaped as we do: whose it is we cannot know.
    return undefined
  }
}

/** What a header says; what is not understood of it is left out, and `undefined` is returned where nothing is left. */
export function parseCause(text: string | undefined): WriteCause | undefined {
  if (!text || text.length > longest) return undefined
  const [first = '', ...rest] = text.split(',').map((part) => part.trim())
  const primary = parseVersion(first)
  const because = rest.map(parseVersion).filter((each) => each !== undefined)
  const more = Number(/^\+(\d{1,6})$/.exec(rest.at(-1) ?? '')?.[1] ?? 0)
  const surplus = Math.max(because.length - causesTold, 0) + more
  if (!primary && because.length === 0) return undefined
  const by = rest.find((each) => each.startsWith('by='))?.slice(3)
  return {
    ...(by && part.test(by) && { by }),
    ...(primary && { for: primary }),
    because: because.slice(0, causesTold),
    ...(surplus > 0 && { more: surplus }),
  }
}
