/** The webhooks of all configurations, in the order in which they are asked, read once a configuration. */

import type { KubernetesObject } from '../../api/object.ts'
import type { LabelSelector } from '../../api/types.ts'
import type { MatchRule } from '../admission/matching.ts'
import type { Lister } from '../registry/lister.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import type { WebhookClientConfig } from './webhook-client.ts'

/** One webhook of a configuration, as it stands there. */
export interface Hook {
  name: string
  clientConfig: WebhookClientConfig
  rules?: MatchRule[]
  failurePolicy?: 'Fail' | 'Ignore'
  matchPolicy?: string
  namespaceSelector?: LabelSelector
  objectSelector?: LabelSelector
  sideEffects?: string
  /** 1 to 30. */
  timeoutSeconds?: number
  admissionReviewVersions?: string[]
  matchConditions?: MatchCondition[]
  reinvocationPolicy?: 'Never' | 'IfNeeded'
}

export interface MatchCondition {
  name: string
  expression: string
}

/** A hook and which it is of all: names need not be unique. */
export interface PlacedHook {
  id: string
  /** The name of its configuration. */
  configuration: string
  hook: Hook
}

type ConfigurationKind = 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations'

/** As long as the cache keeps this version of the configuration. */
const read = new WeakMap<CachedObject, PlacedHook[]>()

/** By name of the configuration, then as listed there. */
export function hooksOf(lister: Lister, kind: ConfigurationKind): PlacedHook[] {
  const configurations = lister.list(`${kind}.admissionregistration.k8s.io`, '')
  return configurations.length === 0 ? [] : configurations.flatMap(placed)
}

function placed(configuration: CachedObject): PlacedHook[] {
  let hooks = read.get(configuration)
  if (!hooks) {
    const { webhooks = [] } = configuration.object as KubernetesObject & { webhooks?: Hook[] }
    const seen = new Map<string, number>()
    hooks = webhooks.map((hook) => {
      const index = seen.get(hook.name) ?? 0
      seen.set(hook.name, index + 1)
      const { name } = configuration
      return { id: `${name}/${hook.name}/${index}`, configuration: name, hook }
    })
    read.set(configuration, hooks)
  }
  return hooks
}
