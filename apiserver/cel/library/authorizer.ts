/**
 * What a user may do, asked from within an expression. The answer must be there at once: whoever runs the expression
 * binds an authorizer that does not wait.
 */

import * as cost from '../cost.ts'
import { CelRuntimeError } from '../errors.ts'
import { declare, type Overload } from '../functions.ts'
import { always, type Price } from '../prices.ts'
import { Opaque } from '../values.ts'

export interface Asked {
  /** The request's own user where it is absent. */
  serviceAccount?: { namespace: string; name: string }
  verb: string
  about:
    | { path: string }
    | {
        group: string
        resource: string
        subresource: string
        namespace: string
        name: string
        fieldSelector: string
        labelSelector: string
      }
}

export interface Answer {
  allowed: boolean
  reason?: string
  /** Why there is no answer. */
  error?: string
}

export type Authorize = (asked: Asked) => Answer

type About = Exclude<Asked['about'], { path: string }>

const named = (name: string) => `kubernetes.authorization.${name}`

/** Bind one as `authorizer`. */
export class AuthorizerValue extends Opaque {
  readonly typeName = named('Authorizer')
  readonly authorize: Authorize
  readonly serviceAccount: Asked['serviceAccount']

  constructor(authorize: Authorize, serviceAccount?: Asked['serviceAccount']) {
    super()
    this.authorize = authorize
    this.serviceAccount = serviceAccount
  }

  ask(verb: string, about: Asked['about']): Decision {
    const { serviceAccount } = this
    return new Decision(this.authorize({ verb, about, ...(serviceAccount && { serviceAccount }) }))
  }
}

class PathCheck extends Opaque {
  readonly typeName = named('PathCheck')
  readonly authorizer: AuthorizerValue
  readonly path: string

  constructor(authorizer: AuthorizerValue, path: string) {
    super()
    this.authorizer = authorizer
    this.path = path
  }
}

class GroupCheck extends Opaque {
  readonly typeName = named('GroupCheck')
  readonly authorizer: AuthorizerValue
  readonly group: string

  constructor(authorizer: AuthorizerValue, group: string) {
    super()
    this.authorizer = authorizer
    this.group = group
  }
}

/** Bind one for the request's own resource as `authorizer.requestResource`. */
export class ResourceCheck extends Opaque {
  readonly typeName = named('ResourceCheck')
  readonly authorizer: AuthorizerValue
  readonly about: About

  constructor(authorizer: AuthorizerValue, about: Partial<About>) {
    super()
    this.authorizer = authorizer
    this.about = {
      group: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      fieldSelector: '',
      labelSelector: '',
      ...about,
    }
  }
}

class Decision extends Opaque {
  readonly typeName = named('Decision')
  readonly answer: Answer

  constructor(answer: Answer) {
    super()
    this.answer = answer
  }
}

function filled(text: string, what: string): string {
  if (text.trim() === '') throw new CelRuntimeError(`${what} must not be empty`)
  return text
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function serviceAccount([authorizer, namespace, name]: readonly [AuthorizerValue, string, string]) {
  if (!subdomain.test(name)) throw new CelRuntimeError('Invalid service account name')
  if (!label.test(namespace)) throw new CelRuntimeError('Invalid service account namespace')
  return new AuthorizerValue(authorizer.authorize, { namespace, name })
}

const builders = ['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const

/** A selector is walked, and each requirement is made. */
const selectorPrice: Price = {
  actual: ([, selector]) => selectorCost(cost.fixed(String(selector).length)).max,
  estimate: ([, selector]) => ({ cost: selectorCost(selector?.size ?? cost.unknownSize) }),
}

const selectorCost = (length: cost.Range) =>
  cost.sum([
    cost.fixed(cost.listCreation),
    cost.scale(length, cost.stringTraversal),
    cost.scale(cost.scale(length, 0.5), cost.listCreation + cost.structCreation),
  ])

/** So that an expression can ask for little more than two. */
const checkPrice = always(350_000)

export const authorizers: readonly Overload[] = [
  declare(
    `${named('Authorizer')}.path(string) ${named('PathCheck')}`,
    ([authorizer, path]: readonly [AuthorizerValue, string]) =>
      new PathCheck(authorizer, filled(path, 'path')),
  ),
  declare(
    `${named('Authorizer')}.group(string) ${named('GroupCheck')}`,
    ([authorizer, group]: readonly [AuthorizerValue, string]) => new GroupCheck(authorizer, group),
  ),
  declare(
    `${named('Authorizer')}.serviceAccount(string, string) ${named('Authorizer')}`,
    serviceAccount,
  ),
  declare(
    `${named('GroupCheck')}.resource(string) ${named('ResourceCheck')}`,
    ([{ authorizer, group }, resource]: readonly [GroupCheck, string]) =>
      new ResourceCheck(authorizer, { group, resource: filled(resource, 'resource') }),
  ),
  ...builders.map((field) =>
    declare(
      `${named('ResourceCheck')}.${field}(string) ${named('ResourceCheck')}`,
      ([{ authorizer, about }, value]: readonly [ResourceCheck, string]) =>
        new ResourceCheck(authorizer, { ...about, [field]: value }),
      field.endsWith('Selector') ? selectorPrice : always(1),
    ),
  ),
  declare(
    `${named('PathCheck')}.check(string) ${named('Decision')}`,
    ([{ authorizer, path }, verb]: readonly [PathCheck, string]) => authorizer.ask(verb, { path }),
    checkPrice,
  ),
  declare(
    `${named('ResourceCheck')}.check(string) ${named('Decision')}`,
    ([{ authorizer, about }, verb]: readonly [ResourceCheck, string]) =>
      authorizer.ask(verb, about),
    checkPrice,
  ),
  declare(
    `${named('Decision')}.allowed() bool`,
    ([{ answer }]: readonly [Decision]) => answer.allowed,
  ),
  declare(
    `${named('Decision')}.reason() string`,
    ([{ answer }]: readonly [Decision]) => answer.reason ?? '',
  ),
  declare(
    `${named('Decision')}.errored() bool`,
    ([{ answer }]: readonly [Decision]) => answer.error !== undefined,
  ),
  declare(
    `${named('Decision')}.error() string`,
    ([{ answer }]: readonly [Decision]) => answer.error ?? '',
  ),
]
