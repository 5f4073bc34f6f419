/** One event of the audit log as it is written: a line of JSON, `Event` of `audit.k8s.io/v1`. */

import { microTime } from '../../ports/clock.ts'
import type { User } from '../registry/registry.ts'
import type { Level, Stage } from './policy.ts'

export interface ObjectReference {
  resource: string
  namespace?: string
  name?: string
  uid?: string
  apiGroup?: string
  apiVersion: string
  resourceVersion?: string
  subresource?: string
}

export interface ResponseStatus {
  metadata: object
  status?: string
  message?: string
  reason?: string
  details?: object
  code: number
}

/** What is known of a request so far. */
export interface AuditEvent {
  level: Level
  auditID: string
  requestURI: string
  verb: string
  /** Nobody, where the proof of who it is did not hold. */
  user: User | undefined
  impersonatedUser?: User
  sourceIPs: readonly string[]
  userAgent: string
  objectRef?: ObjectReference
  responseStatus?: ResponseStatus
  /** JSON. */
  requestObject?: string | undefined
  responseObject?: string | undefined
  /** Milliseconds since the epoch. */
  received: number
  annotations: ReadonlyMap<string, string>
}

/** @param at milliseconds since the epoch */
export function lineOf(event: AuditEvent, stage: Stage, at: number): string {
  const { impersonatedUser, sourceIPs, userAgent, objectRef, requestObject, responseObject } = event
  const head = JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: event.level,
    auditID: event.auditID,
    stage,
    requestURI: event.requestURI,
    verb: event.verb,
    user: userInfo(event.user) ?? {},
    ...(impersonatedUser && { impersonatedUser: userInfo(impersonatedUser) }),
    ...(sourceIPs.length > 0 && { sourceIPs }),
    ...(userAgent && { userAgent }),
    ...(objectRef && { objectRef: withoutEmpty(objectRef) }),
    ...(event.responseStatus && { responseStatus: event.responseStatus }),
  })
  const tail = JSON.stringify({
    requestReceivedTimestamp: microTime(event.received),
    stageTimestamp: microTime(at),
    ...(event.annotations.size > 0 && { annotations: sorted(event.annotations) }),
  })
  // Objects are JSON already: digit for digit as they came.
  const objects =
    (requestObject === undefined ? '' : `,"requestObject":${requestObject}`) +
    (responseObject === undefined ? '' : `,"responseObject":${responseObject}`)
  return `${head.slice(0, -1)}${objects},${tail.slice(1)}\n`
}

const userInfo = (user: User | undefined) =>
  user && {
    username: user.name,
    ...(user.uid && { uid: user.uid }),
    ...(user.groups.length > 0 && { groups: user.groups }),
    ...(user.extra && { extra: user.extra }),
  }

const withoutEmpty = (reference: ObjectReference) =>
  Object.fromEntries(Object.entries(reference).filter(([, value]) => value))

const sorted = (annotations: ReadonlyMap<string, string>) =>
  Object.fromEntries([...annotations].sort(([a], [b]) => (a < b ? -1 : 1)))
