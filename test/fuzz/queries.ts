/** Parameters and headers: what may be asked for, and what nobody should. */

import type { Chance } from './chance.ts'
import { evilKeys, evilTexts } from './evil.ts'
import type { Memory } from './memory.ts'

/** Half a character is sent as what stands for one. */
export const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** With its question mark; empty where nothing is asked for. */
export function queryOf(chance: Chance, memory: Memory, names: readonly string[]): string {
  const watch = names.includes('watch') && chance.of(0.03)
  const parameters = names.flatMap((name) => {
    // A watch lasts until somebody ends it.
    if (name === 'watch') return watch ? [`watch=${chance.pick(['true', '1', 'True'])}`] : []
    if (name === 'timeoutSeconds' && watch) return ['timeoutSeconds=1']
    if (!chance.of(0.25)) return []
    return [`${encoded(name)}=${encoded(parameter(chance, memory, name))}`]
  })
  if (chance.of(0.02)) parameters.push(`${encoded(chance.pick(evilKeys))}=a`)
  if (chance.of(0.02) && parameters[0]) parameters.push(parameters[0])
  return parameters.length > 0 ? `?${parameters.join('&')}` : ''
}

const choices: Record<string, readonly string[]> = {
  labelSelector: [
    'a=b',
    'a in (b,c)',
    '!a',
    'a notin (x),b',
    'a>1',
    ',',
    'a in (',
    '=',
    'é=1',
    'a=b,'.repeat(200),
  ],
  fieldSelector: [
    'metadata.name=a',
    'metadata.namespace!=x',
    'spec.x=1',
    'spec.color=red',
    'a\\,b=c',
    '=',
    '\\',
  ],
  dryRun: ['All', 'All', 'None'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'strict'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'Exactly'],
  propagationPolicy: ['Background', 'Foreground', 'Orphan', 'None'],
}
const flags = ['true', 'false', '1', 'maybe']
for (const name of ['force', 'orphanDependents', 'sendInitialEvents', 'allowWatchBookmarks'])
  choices[name] = flags
const numbers = ['1', '0', '-1', '500', 'x', '99999999999999999999']

function parameter(chance: Chance, memory: Memory, name: string): string {
  if (chance.of(0.12)) return chance.pick(evilTexts)
  if (name === 'resourceVersion')
    return chance.pick(['0', '1', '99999999999', '-1', '01', 'x', '', memory.version()])
  if (name === 'continue') return tamperedWith(chance, memory.token())
  return chance.pick(Object.hasOwn(choices, name) ? choices[name]! : numbers)
}

/** A token of the server's own with one thing in it that is another. */
function tamperedWith(chance: Chance, token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  const changed = chance.pick<(text: string) => string>([
    (same) => same,
    (plain) => plain.replace(/\d+/, () => chance.pick(['-1', '0', '1', '99999999999', '1e9'])),
    (plain) => plain.replace(/"start":"[^"]*"/, () => `"start":"${chance.pick(['', '../', '/'])}"`),
    (plain) => plain.slice(0, chance.below(plain.length + 1)),
    (plain) => plain.replace('{', '{"__proto__":{"x":1},'),
    () => '{"v":"meta.k8s.io/v1","rv":1,"start":"a"}',
    () => '[]',
  ])(text)
  return chance.of(0.1) ? chance.pick(evilTexts) : Buffer.from(changed).toString('base64url')
}

const accepts = [
  'application/json',
  '*/*',
  'application/yaml',
  'application/vnd.kubernetes.protobuf,application/json',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;stream=watch',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  'text/html;q=0.1',
  ';;;,',
  'application/json;q=0,*/*;q=2',
  `${'a/b,'.repeat(500)}*/*`,
]

/** Seldom sent, and never to do harm. */
const odd: readonly Record<string, string>[] = [
  { 'User-Agent': '' },
  { 'User-Agent': 'x'.repeat(500) },
  { 'User-Agent': 'a/b (c)' },
  { 'If-None-Match': '"x"' },
  { 'If-Match': '*' },
  { Range: 'bytes=0-1' },
  { 'Accept-Encoding': 'gzip;q=0, br, *' },
  { 'Content-Encoding': 'gzip' },
  { 'X-HTTP-Method-Override': 'DELETE' },
  { 'Impersonate-User': 'a' },
  { 'Impersonate-Group': 'system:masters' },
  { 'Impersonate-User': 'system:serviceaccount:default:a', 'Impersonate-Uid': 'u' },
  { 'Impersonate-User': 'a', 'Impersonate-Extra-%zz': 'x' },
  { 'X-Remote-User': 'a' },
  { Authorization: 'Bearer a.b.c' },
  { Origin: 'https://example.com' },
  { 'X-Forwarded-For': '::1,,' },
  { Cookie: 'a=b' },
  { 'X-Forwarded-Host': 'example.com:99999' },
  { Traceparent: '00-0-0-0' },
]

export function headersOf(chance: Chance): Record<string, string> {
  return {
    ...(chance.of(0.2) && { Accept: chance.pick(accepts) }),
    ...(chance.of(0.06) && chance.pick(odd)),
  }
}
