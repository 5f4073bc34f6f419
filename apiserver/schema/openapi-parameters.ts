/** What clients may say in the query, and for which operation. */

export interface QueryParameter {
  type: 'boolean' | 'integer' | 'string'
  description: string
}

export const queryParameters: Readonly<Record<string, QueryParameter>> = {
  allowWatchBookmarks: { type: 'boolean', description: 'A watch also tells how far it has come.' },
  command: { type: 'string', description: 'The command and its arguments, one each.' },
  container: { type: 'string', description: 'The container; the only one unless given.' },
  continue: { type: 'string', description: 'The token that the page before ended with.' },
  dryRun: { type: 'string', description: 'All: everything is done but the storing.' },
  fieldManager: { type: 'string', description: 'Who owns the fields that are written.' },
  fieldSelector: { type: 'string', description: 'Only objects whose fields have these values.' },
  fieldValidation: {
    type: 'string',
    description: 'Unknown and repeated fields: Ignore, Warn (the default) or Strict.',
  },
  follow: { type: 'boolean', description: 'Goes on as long as something is written.' },
  force: { type: 'boolean', description: 'Apply only: takes over fields that others own.' },
  gracePeriodSeconds: { type: 'integer', description: 'How long the object may linger.' },
  ignoreStoreReadErrorWithClusterBreakingPotential: {
    type: 'boolean',
    description: 'Refused: what is stored can always be read.',
  },
  insecureSkipTLSVerifyBackend: {
    type: 'boolean',
    description: 'Does not ask for the certificate of the node.',
  },
  labelSelector: { type: 'string', description: 'Only objects with these labels.' },
  limit: { type: 'integer', description: 'The greatest number of items to answer.' },
  limitBytes: { type: 'integer', description: 'The greatest number of bytes to answer.' },
  orphanDependents: { type: 'boolean', description: 'Superseded by propagationPolicy.' },
  path: { type: 'string', description: 'Where to go behind the proxy.' },
  ports: { type: 'integer', description: 'The ports to forward.' },
  pretty: {
    type: 'string',
    description:
      'Whether the answer is laid out for people; `curl`, `wget` and browsers get it so unless told.',
  },
  previous: { type: 'boolean', description: 'The log of the instance before.' },
  propagationPolicy: {
    type: 'string',
    description: 'What becomes of dependents: Orphan, Background or Foreground.',
  },
  resourceVersion: { type: 'string', description: 'From which revision on to answer.' },
  resourceVersionMatch: { type: 'string', description: 'NotOlderThan or Exact.' },
  sendInitialEvents: { type: 'boolean', description: 'A watch begins with what there is.' },
  shardSelector: {
    type: 'string',
    description:
      'Whether the answer is laid out for people; `curl`, `wget` and browsers get it so unless told.',
  },
  sinceSeconds: { type: 'integer', description: 'Only what was written in so many seconds.' },
  stderr: { type: 'boolean', description: 'Sends what it writes as errors.' },
  stdin: { type: 'boolean', description: 'Takes input.' },
  stdout: { type: 'boolean', description: 'Sends what it writes.' },
  stream: { type: 'string', description: 'All, Stdout or Stderr.' },
  tailLines: { type: 'integer', description: 'Only so many of the last lines.' },
  timeoutSeconds: { type: 'integer', description: 'How long a watch may last.' },
  timestamps: { type: 'boolean', description: 'Each line begins with its time.' },
  tty: { type: 'boolean', description: 'In a terminal.' },
  watch: { type: 'boolean', description: 'Answers changes as they happen, not a list.' },
}

const selection = [
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'shardSelector',
  'timeoutSeconds',
]
const deletion = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'propagationPolicy',
]
const writing = ['dryRun', 'fieldManager', 'fieldValidation']

/** By what is done; `pretty` belongs to all that answer objects. */
export const queries = {
  get: ['pretty'],
  list: ['allowWatchBookmarks', ...selection, 'watch', 'pretty'],
  delete: [...deletion, 'pretty'],
  deletecollection: [...selection, ...deletion, 'pretty'],
  write: [...writing, 'pretty'],
  patch: [...writing, 'force', 'pretty'],
  log: [
    'container',
    'follow',
    'insecureSkipTLSVerifyBackend',
    'limitBytes',
    'pretty',
    'previous',
    'sinceSeconds',
    'stream',
    'tailLines',
    'timestamps',
  ],
} as const

const terminal = ['container', 'stderr', 'stdin', 'stdout', 'tty']
const proxy = { query: ['path'], proxies: true }

interface Connection {
  query: readonly string[]
  /** Every method goes through, to every path. */
  proxies: boolean
}

/** By the kind of the options that a connection takes. */
export const connections: ReadonlyMap<string, Connection> = new Map([
  ['PodAttachOptions', { query: terminal, proxies: false }],
  ['PodExecOptions', { query: ['command', ...terminal], proxies: false }],
  ['PodPortForwardOptions', { query: ['ports'], proxies: false }],
  ['NodeProxyOptions', proxy],
  ['PodProxyOptions', proxy],
  ['ServiceProxyOptions', proxy],
])
