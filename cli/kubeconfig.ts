/**
 * Puts the cluster's context into the user's kubeconfig and takes it out again, touching nothing else in the file:
 * comments and other clusters stay. Refuses to write over a file it cannot read as a kubeconfig.
 */

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Document, isMap, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml'
import { CommandError } from './context.ts'
import { writeFileAtomically } from './files.ts'

export interface Access {
  /** Of context, cluster and user alike. */
  name: string
  server: string
  /** PEM. */
  authority: string
  certificate: string
  key: string
}

/** Who shall own the file. */
export interface Owner {
  uid: number
  gid: number
}

/** A kubeconfig with this one context, everything embedded. */
export function kubeconfigOf(access: Access): string {
  const document = emptyDocument()
  putAccess(document, access)
  document.set('current-context', access.name)
  return document.toString()
}

/**
 * Adds or replaces the context in the file at `path`; makes it (0600) and its directory where missing. The current
 * context is switched only when none is set.
 */
export function mergeKubeconfig(path: string, access: Access, owner?: Owner): void {
  const directory = dirname(path)
  if (!existsSync(directory)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (owner) chownSync(directory, owner.uid, owner.gid)
  }
  const document = existsSync(path) ? readDocument(path) : emptyDocument()
  putAccess(document, access)
  if (!document.get('current-context')) document.set('current-context', access.name)
  writeKeepingOwner(path, document.toString(), owner)
}

/** Removes the context; the file as well when `removeEmptyFile` and nothing else is in it. */
export function unmergeKubeconfig(path: string, name: string, removeEmptyFile: boolean): void {
  if (!existsSync(path)) return
  const document = readDocument(path)
  for (const list of ['clusters', 'users', 'contexts']) {
    const items = document.get(list)
    if (isSeq(items)) items.items = items.items.filter((item) => nameOf(item) !== name)
  }
  if (document.get('current-context') === name) document.set('current-context', '')
  if (removeEmptyFile && isEmpty(document)) rmSync(path)
  else writeKeepingOwner(path, document.toString())
}

/** Whether the file names the context; a file that is missing or broken does not. */
export function hasContext(path: string, name: string): boolean {
  if (!existsSync(path)) return false
  const contexts = parseDocument(readFileSync(path, 'utf8')).get('contexts')
  return isSeq(contexts) && contexts.items.some((item) => nameOf(item) === name)
}

/** Empty where none is set. */
export function currentContext(path: string): string {
  if (!existsSync(path)) return ''
  const current = parseDocument(readFileSync(path, 'utf8')).get('current-context')
  return typeof current === 'string' ? current : ''
}

function emptyDocument(): Document {
  return new Document({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [],
    users: [],
    contexts: [],
    'current-context': '',
  })
}

function readDocument(path: string): Document {
  const document = parseDocument(readFileSync(path, 'utf8'))
  if (document.contents === null) return emptyDocument()
  if (document.errors.length > 0 || !isMap(document.contents))
    throw new CommandError(
      `${path} is not a kubeconfig${document.errors[0] ? `: ${document.errors[0].message}` : ''}`,
      ['npm start -- --kubeconfig=OTHER_FILE'],
    )
  return document as Document
}

function putAccess(document: Document, access: Access): void {
  const { name } = access
  put(document, 'clusters', {
    name,
    cluster: { server: access.server, 'certificate-authority-data': base64(access.authority) },
  })
  put(document, 'users', {
    name,
    user: {
      'client-certificate-data': base64(access.certificate),
      'client-key-data': base64(access.key),
    },
  })
  put(document, 'contexts', { name, context: { cluster: name, user: name } })
}

function put(
  document: Document,
  list: string,
  entry: { name: string; [part: string]: unknown },
): void {
  const present = document.get(list)
  const items = isSeq(present) ? present : new YAMLSeq()
  if (!isSeq(present)) document.set(list, items)
  items.flow = false
  const node = document.createNode(entry)
  const index = items.items.findIndex((item) => nameOf(item) === entry.name)
  if (index < 0) items.items.push(node)
  else items.items[index] = node
}

function isEmpty(document: Document): boolean {
  return ['clusters', 'users', 'contexts'].every((list) => {
    const items = document.get(list)
    return !isSeq(items) || items.items.length === 0
  })
}

const nameOf = (item: unknown) => (isMap(item) ? (item as YAMLMap).get('name') : undefined)

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A new file is the owner's and 0600; an existing one keeps its own owner and mode. */
function writeKeepingOwner(path: string, content: string, owner?: Owner): void {
  const before = existsSync(path) ? statSync(path) : undefined
  writeFileAtomically(path, content)
  const to = before ?? owner
  if (to) chownSync(path, to.uid, to.gid)
  chmodSync(path, before ? before.mode & 0o777 : 0o600)
}
