/**
 * The chain that every request goes through, whatever it is about: identify, authenticate, authorize, count, answer;
 * and what is thrown on the way becomes the answer.
 */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Aggregation } from '../aggregation/aggregation.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { RequestTrail } from '../audit/request-trail.ts'
import type { Authenticator } from '../auth/authentication.ts'
import { type Attributes, type Authorizer, denied } from '../auth/authorization.ts'
import { impersonate } from '../auth/impersonation.ts'
import type { FlowControl } from '../flowcontrol/flow-control.ts'
import { type Load, workOf } from '../flowcontrol/work.ts'
import type { User } from '../registry/registry.ts'
import { asStatusError, type ErrorAnswer, negotiatedError } from './answers.ts'
import { admitConnection } from './connect-options.ts'
import type { Exchange } from './exchange.ts'
import type { Metrics, RequestLabels } from './metrics.ts'
import { checkOrigin } from './origin.ts'
import { handlePath, type PathPorts } from './path-handler.ts'
import { pretty, wantsPretty } from './pretty.ts'
import { attributesOf } from './request-attributes.ts'
import { HttpRequestContext } from './request-context.ts'
import { requestIdOf } from './request-id.ts'
import { type RequestInfo, requestInfo } from './request-info.ts'
import {
  handleResource,
  type ResourceInfo,
  type ResourcePorts,
  streamedRequest,
  targetOf,
} from './resource-handler.ts'
import { notServedYet, type Upgrade } from './subresource-handler.ts'

export interface HandlerPorts extends ResourcePorts, PathPorts {
  clock: Clock
  random: Random
  metrics: Metrics
  /** Sees every request as it comes. */
  observe?(exchange: Exchange): void
  authenticate: Authenticator
  authorize: Authorizer
  flowControl: FlowControl
  /** What requests are estimated by. */
  load: Load
  /** Passes on what others serve. */
  aggregation?: Aggregation
  /** Keeps what happens, where somebody wishes it. */
  audit?: AuditLog
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])
const streams = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])

const isWatch = (info: RequestInfo): boolean => info.type === 'resource' && info.verb === 'watch'

const isStream = ({ past }: HandlerPorts, info: RequestInfo): boolean =>
  info.type === 'resource'
    ? isWatch(info) || streams.has(info.subresource)
    : past.streams(info.path)

/** Answers one request; never rejects. */
export async function handle(ports: HandlerPorts, exchange: Exchange): Promise<void> {
  const start = ports.clock.monotonic()
  const requestId = requestIdOf(exchange, ports.random)
  exchange.setHeader('Audit-Id', requestId)
  ports.observe?.(exchange)
  const trail = ports.audit?.follow(exchange, requestId)
  let labels = unknownRequest
  let leave: () => void = () => {}
  let shown = wantsPretty(exchange) ? pretty(exchange) : exchange
  try {
    const { info, known, user, attributes } = await admit(ports, exchange, trail)
    labels = labelsOf(ports, info)
    const streaming = isStream(ports, info)
    const remote = ports.aggregation?.find(info)
    const seated = !streaming || (isWatch(info) && !remote)
    const stand = seated ? await takeSeats(ports, exchange, attributes, info.query) : () => {}
    const ended = streaming ? ports.metrics.streaming(labels) : undefined
    leave = () => {
      stand()
      ended?.()
    }
    const context = new HttpRequestContext(exchange, user, requestId, known)
    context.begun = stand
    if (trail) context.audit = trail
    if (info.type === 'resource') context.mayCreate = () => requireCreate(ports, info, user)
    if (remote) trail?.passedOn()
    if (streaming || remote || isSchema(info)) shown = exchange
    if (remote) await ports.aggregation?.serve(exchange, remote, user)
    else if (info.type === 'path') await handlePath(ports, shown, info, context)
    else await handleResource(ports, shown, info, context)
    if (!ended) ports.metrics.answered(labels, exchange.code, seconds(ports.clock, start))
  } catch (error) {
    const code = await fail(ports, shown, error, trail)
    ports.metrics.answered(labels, code, seconds(ports.clock, start))
  } finally {
    leave()
    trail?.end()
  }
}

const isSchema = (info: RequestInfo) => info.type === 'path' && info.path.startsWith('/openapi')

const seconds = (clock: Clock, start: number) => (clock.monotonic() - start) / 1000

/** Who asks for what, as whom, if they may. @throws StatusError 401, 403, PlainError 404 */
async function admit(
  ports: HandlerPorts,
  exchange: Exchange,
  trail: RequestTrail | undefined,
): Promise<{ info: RequestInfo; known: User; user: User; attributes: Attributes }> {
  const { authorize } = ports
  const info = requestInfo(exchange.method, exchange.url)
  const asked = trail
    ? trail.begin(info, isStream(ports, info), () => ports.authenticate(exchange))
    : ports.authenticate(exchange)
  const known = asked instanceof Promise ? await asked : asked
  const acting = impersonate(exchange.rawHeaders, known, authorize)
  const user = acting ? await acting : known
  if (user !== known) trail?.impersonating(user)
  const attributes = attributesOf(info, user)
  const pending = authorize(attributes)
  const decision = 'then' in pending ? await pending : pending
  trail?.decided(decision)
  if (!decision.allowed) throw denied(attributes, decision.reason)
  return { info, known, user, attributes }
}

/** When there are as many as the request takes; what is returned gives them back. @throws StatusError 429 */
async function takeSeats(
  { flowControl, load }: HandlerPorts,
  exchange: Exchange,
  attributes: Attributes,
  query: URLSearchParams,
): Promise<() => void> {
  const work = workOf(attributes, query, load)
  const entered = flowControl.enter(attributes, exchange, work)
  const { flowSchemaUid, priorityLevelUid, leave } =
    entered instanceof Promise ? await entered : entered
  if (flowSchemaUid !== '') exchange.setHeader('X-Kubernetes-Pf-Flowschema-Uid', flowSchemaUid)
  if (priorityLevelUid !== '')
    exchange.setHeader('X-Kubernetes-Pf-Prioritylevel-Uid', priorityLevelUid)
  return leave
}

const unknownRequest: RequestLabels = { verb: '', group: '', resource: '', subresource: '' }

/** Only what is served has labels of its own: clients ask for whatever they like. */
function labelsOf({ registry }: HandlerPorts, info: RequestInfo): RequestLabels {
  if (info.type === 'path') return { ...unknownRequest, verb: 'get' }
  const { group, version, plural, verb, subresource } = info
  const resource = registry.find(group, version, plural)
  if (!resource) return unknownRequest
  const known = resource.subresources.some(({ name }) => name === subresource)
  return {
    verb: verbs.has(verb) ? verb : '',
    group,
    resource: plural,
    subresource: known ? subresource : '',
  }
}

const verbs = new Set('get list watch create update patch delete deletecollection'.split(' '))

/** Answers with the error, if the answer has not begun. Returns the code. */
async function fail(
  ports: HandlerPorts,
  exchange: Exchange,
  error: unknown,
  trail: RequestTrail | undefined,
): Promise<number> {
  if (exchange.signal.aborted) return 499
  const { code, headers, body } = await answerTo(ports, exchange, error, trail)
  if (exchange.answered) exchange.breakOff()
  else exchange.send(code, headers, body)
  return code
}

function answerTo(
  { unexpected }: HandlerPorts,
  exchange: Exchange,
  error: unknown,
  trail: RequestTrail | undefined,
): Promise<ErrorAnswer> {
  const report = (problem: unknown) => {
    trail?.panicked(problem)
    unexpected(problem)
  }
  const told = asStatusError(error, !reading.has(exchange.method), report)
  return negotiatedError(told, exchange.header('accept'))
}

/** Verbs that run something in a pod need `create`, however the connection is asked for. */
const interactive = new Set(['exec', 'attach', 'portforward'])

/** Answers a request for an upgrade: its connection goes to the subresource's handler. Never rejects. */
export async function handleUpgrade(
  ports: HandlerPorts,
  exchange: Exchange,
  connection: Upgrade,
): Promise<void> {
  const { socket } = connection
  const requestId = requestIdOf(exchange, ports.random)
  ports.observe?.(exchange)
  const trail = ports.audit?.follow(exchange, requestId)
  trail?.over(socket)
  const onError = () => socket.destroy()
  socket.on('error', onError)
  try {
    const { info, user, attributes } = await admit(ports, exchange, trail)
    checkOrigin(connection.request.headers)
    const remote = ports.aggregation?.find(info)
    if (remote) {
      await ports.aggregation?.upgrade(connection, exchange, remote, user)
      return
    }
    if (info.type === 'path') throw notServedYet('an upgrade of this path')
    if (info.verb === 'watch') {
      const stand = await takeSeats(ports, exchange, attributes, info.query)
      await watchByMessages(ports, connection, info, { user, requestId, stand })
      return
    }
    await mayInteract(ports, info, user)
    const context = new HttpRequestContext(exchange, user, requestId)
    if (trail) context.audit = trail
    const target = await targetOf(ports, info)
    const request = streamedRequest(ports, target, info, context)
    const what = `${target.resource.plural}/${target.subresource ?? ''}`
    const handler = ports.handlers.get(what)
    if (!request || !handler?.upgrade) throw notServedYet(`an upgrade of ${what}`)
    await admitConnection(request)
    const ended = ports.metrics.streaming(labelsOf(ports, info))
    socket.once('close', ended)
    await handler.upgrade(connection, request, exchange)
  } catch (error) {
    const answer = await answerTo(ports, exchange, error, trail)
    trail?.sent(answer.code, answer.headers, [answer.body])
    refuseUpgrade(connection, answer)
  }
}

/** Each event a message of its own. */
async function watchByMessages(
  ports: HandlerPorts,
  connection: Upgrade,
  info: ResourceInfo,
  { user, requestId, stand }: { user: User; requestId: string; stand: () => void },
): Promise<void> {
  const { WebSocketExchange } = await import('./websocket-exchange.ts')
  const exchange = new WebSocketExchange(connection)
  const context = new HttpRequestContext(exchange, user, requestId)
  context.begun = stand
  const ended = ports.metrics.streaming(labelsOf(ports, info))
  try {
    await handleResource(ports, exchange, info, context)
  } finally {
    stand()
    ended()
  }
}

async function mayInteract(ports: HandlerPorts, info: ResourceInfo, user: User): Promise<void> {
  if (interactive.has(info.subresource)) await requireCreate(ports, info, user)
}

/** @throws StatusError 403 */
async function requireCreate(
  { authorize }: HandlerPorts,
  info: ResourceInfo,
  user: User,
): Promise<void> {
  const attributes = { ...attributesOf(info, user), verb: 'create' }
  const decision = await authorize(attributes)
  if (!decision.allowed) throw denied(attributes, decision.reason)
}

/** The socket has no parser any more: the answer is written by hand, and it is the last one. */
function refuseUpgrade({ socket }: Upgrade, { code, headers, body }: ErrorAnswer): void {
  if (socket.destroyed || socket.writableEnded) return
  const lines = Object.entries({ ...headers, 'Content-Length': body.length, Connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`HTTP/1.1 ${code} Refused\r\n${head}\r\n`)
  socket.end(body)
}
