/**
 * What the audit log learns of one request, from the moment it comes until its answer has ended. The policy decides once,
 * by who asks and for what; of a request that it does not want nothing is kept, and nothing is worked out.
 */

import type { Duplex } from 'node:stream'
import type { Decision } from '../auth/authorization.ts'
import type { Exchange, Headers } from '../http/exchange.ts'
import { attributesOf } from '../http/request-attributes.ts'
import type { RequestInfo } from '../http/request-info.ts'
import type { RequestAudit, User } from '../registry/registry.ts'
import { Annotations } from './annotations.ts'
import { AnswerBody, type BodyText, objectText, tooLarge } from './bodies.ts'
import { type AuditEvent, lineOf, type ResponseStatus } from './event.ts'
import { listenForCode, listenIn } from './listen-in.ts'
import { failedProof, newEvent, refer } from './new-event.ts'
import { type AuditRule, type Level, reaches, type Stage } from './policy.ts'
import type { Asked } from './rule-match.ts'

export interface TrailPorts {
  clock: { now(): number }
  ruleFor(asked: Asked): AuditRule | undefined
  write(line: string): void
}

/** Of a request that is kept: the rule by which it is, and what is known so far. */
interface Kept {
  rule: AuditRule
  event: AuditEvent
  streaming: boolean
}

export class RequestTrail implements RequestAudit {
  readonly #ports: TrailPorts
  readonly #exchange: Exchange
  readonly #id: string
  readonly #received: number
  readonly #annotations = new Annotations()
  #kept: Kept | undefined
  #body: AnswerBody | undefined
  /** Its bodies are not this server's to read. */
  #passedOn = false
  #last: Stage = 'ResponseComplete'

  constructor(ports: TrailPorts, exchange: Exchange, id: string) {
    this.#ports = ports
    this.#exchange = exchange
    this.#id = id
    this.#received = ports.clock.now()
  }

  /**
   * Keeps who asks, or that somebody tried in vain.
   * @param streaming the answer has no end of its own, as that of a watch
   * @param identify rejects, or throws, where the proof does not hold; so does this then
   */
  async begin(
    info: RequestInfo,
    streaming: boolean,
    identify: () => User | Promise<User>,
  ): Promise<User> {
    let user: User
    try {
      user = await identify()
    } catch (error) {
      this.#follow(info, streaming, undefined)
      this.#tellOfFailure()
      throw error
    }
    this.#follow(info, streaming, user)
    if (this.#kept) listenIn(this.#exchange, this)
    this.#write('RequestReceived', this.#received)
    return user
  }

  /** One event is all there is of a proof that does not hold. */
  #tellOfFailure(): void {
    if (!this.#kept) return
    const message = failedProof(this.#exchange)
    this.#kept.event.responseStatus = { metadata: {}, status: 'Failure', message, code: 401 }
    this.#write('ResponseStarted')
    this.#kept = undefined
  }

  /** The connection is to become something else, which ends when it does. */
  over(socket: Duplex): void {
    listenForCode(socket, (code) => this.#started({ code }))
    socket.once('close', () => this.end())
  }

  impersonating(user: User): void {
    if (this.#kept) this.#kept.event.impersonatedUser = user
  }

  decided({ allowed, reason = '' }: Decision): void {
    this.#annotations.add('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
    this.#annotations.add('authorization.k8s.io/reason', reason)
  }

  /** Somebody else answers. */
  passedOn(): void {
    this.#passedOn = true
  }

  received(object: object): void {
    const reference = this.#kept?.event.objectRef
    if (reference) refer(reference, object)
    this.receivedPatch(object)
  }

  receivedPatch(patch: object): void {
    const event = this.#reaching('Request')?.event
    if (!event || event.requestObject !== undefined) return
    event.requestObject = this.#bounded(objectText(patch, this.#omitsManagers))
  }

  annotate(key: string, value: string, level: Level = 'Metadata'): void {
    if (this.#reaching(level)) this.#annotations.addOf(key, value)
  }

  sent(code: number, headers: Headers, body: readonly Buffer[]): void {
    this.#body = new AnswerBody(headers, body)
    this.#started({ code, ...this.#body.status })
  }

  opened(code: number, headers: Headers): ((piece: Buffer) => void) | undefined {
    this.#started({ code })
    if (!this.#keepsAnswer) return undefined
    this.#body = new AnswerBody(headers)
    return this.#body.take
  }

  /** Something happened that never should. */
  panicked(error: unknown): void {
    if (!this.#kept) return
    const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`
    const status = { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 }
    this.#kept.event.responseStatus = status
    this.#last = 'Panic'
  }

  /** The answer has ended, one way or another. */
  end(): void {
    if (!this.#kept) return
    const { event } = this.#kept
    if (!event.responseStatus)
      this.#started({ status: 'Success', message: 'Connection closed early', code: 200 })
    if (this.#keepsAnswer)
      event.responseObject = this.#bounded(this.#body?.text(this.#omitsManagers))
    this.#write(this.#last)
    this.#kept = undefined
  }

  #follow(info: RequestInfo, streaming: boolean, user: User | undefined): void {
    const attributes = attributesOf(info, user ?? nobody)
    const rule = this.#ports.ruleFor({ ...attributes, user })
    if (!rule || rule.level === 'None') return
    const event = newEvent(this.#exchange, info, {
      level: rule.level,
      auditID: this.#id,
      user,
      name: 'name' in attributes ? attributes.name : '',
      received: this.#received,
      annotations: this.#annotations.all,
    })
    this.#kept = { rule, event, streaming }
  }

  #started(status: Omit<ResponseStatus, 'metadata'>): void {
    if (!this.#kept || this.#kept.event.responseStatus) return
    this.#kept.event.responseStatus = { metadata: {}, ...status }
    if (this.#kept.streaming) this.#write('ResponseStarted')
  }

  get #keepsAnswer(): boolean {
    const kept = this.#reaching('RequestResponse')
    return kept?.event.objectRef !== undefined && !kept.streaming && !this.#passedOn
  }

  get #omitsManagers(): boolean {
    return this.#kept?.rule.omitManagedFields === true
  }

  #bounded(text: BodyText | undefined): string | undefined {
    if (text !== tooLarge) return text
    this.#annotations.add('audit.k8s.io/truncated', 'true')
    return undefined
  }

  #reaching(level: Level): Kept | undefined {
    return this.#kept && reaches(this.#kept.rule.level, level) ? this.#kept : undefined
  }

  #write(stage: Stage, at = this.#ports.clock.now()): void {
    if (!this.#kept || this.#kept.rule.omitStages.has(stage)) return
    this.#ports.write(lineOf(this.#kept.event, stage, at))
  }
}

/** Rules about users and groups leave out whom nobody knows. */
const nobody: User = { name: '', groups: [] }
