/**
 * POSTs that make no object of the resource they are sent to: `pods/eviction`, `serviceaccounts/token`, and the kinds
 * that are questions (`subjectaccessreviews`). Each is a function of its own, found here by name.
 */

import type { Body, Registry, RequestContext, Target, WriteOptions, Written } from './registry.ts'

export interface ActionRequest {
  target: Target
  body: Body
  options: WriteOptions
  context: RequestContext
  registry: Registry
}

/** Authorized already; admission is the action's own to call where it changes something. @throws StatusError */
export type Action = (request: ActionRequest) => Promise<Written>

/** By `pods/eviction` (core), `deployments.apps/rollback`, or `subjectaccessreviews.authorization.k8s.io`. */
export type Actions = ReadonlyMap<string, Action>
