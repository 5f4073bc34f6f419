/**
 * PodSecurity: pods are held against the level that their namespace's labels ask for, and refused, warned of, or told of
 * in the audit log; what makes pods is told of; and who makes a namespace stricter hears which of its pods would not be
 * let in again.
 */

import type { KubernetesObject, ObjectMeta } from '../../../api/object.ts'
import { same } from '../../../api/same.ts'
import type { Container, Pod, PodSpec } from '../../../api/types.ts'
import { invalid } from '../../http/status.ts'
import type { Lister } from '../../registry/lister.ts'
import { readThrough } from '../../registry/read-through.ts'
import type { FieldError } from '../../resources/resource.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { aggregate } from '../aggregate.ts'
import { refusal } from '../refusal.ts'
import { evaluate } from './evaluate.ts'
import { warnOfExisting } from './existing-pods.ts'
import { isStricter, type Policy, policyOf, textOf } from './policy.ts'

/** Subresources that change nothing that the standards speak of. */
const harmless = new Set([
  'attach',
  'binding',
  'eviction',
  'exec',
  'log',
  'portforward',
  'proxy',
  'resize',
  'status',
])

export function podSecurity(lister: Lister): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    validate(request) {
      const { operation, resource, subresource } = request
      if (operation !== 'CREATE' && operation !== 'UPDATE') return
      if (resource.group === '' && resource.plural === 'pods')
        return harmless.has(subresource) ? undefined : checkPod(lister, request)
      if (subresource !== '') return
      if (resource.group === '' && resource.plural === 'namespaces')
        return checkNamespace(lister, request)
      const read = templates.get(`${resource.plural}.${resource.group}`)
      return read && checkTemplate(lister, request, read(request.object as unknown as Templated))
    },
  }
}

/** A namespace that this server has not seen yet may ask for something all the same. */
async function policyIn(lister: Lister, name: string): Promise<ReturnType<typeof policyOf>> {
  const namespace = await readThrough<KubernetesObject>(lister, 'namespaces', '', name)
  return policyOf(namespace?.metadata.labels)
}

async function checkPod(lister: Lister, request: AdmissionRequest): Promise<void> {
  const pod = request.object as unknown as Pod
  if (!pod.spec) return
  const { policy, errors } = await policyIn(lister, request.namespace)
  const { enforce, audit, warn } = policy
  const levels = [enforce, warn, ...(request.audit ? [audit] : [])]
  if (errors.length === 0 && levels.every(({ level }) => level === 'privileged')) return
  const { operation, subresource, old } = request
  const before = old as unknown as Pod
  if (operation === 'UPDATE' && subresource === '' && !changesMuch(pod, before)) return
  const subject = { metadata: pod.metadata, spec: pod.spec }
  const refused = evaluate(enforce, subject)
  annotate(request, 'enforce-policy', textOf(enforce))
  noteViolations(request, { audit, errors }, subject)
  if (refused)
    throw refusal(
      request,
      `violates PodSecurity ${JSON.stringify(textOf(enforce))}: ${refused.details}`,
    )
  warnBy(request, warn, subject)
}

const annotate = ({ audit }: AdmissionRequest, key: string, value: string) =>
  audit?.annotate(`pod-security.kubernetes.io/${key}`, value)

/** For the audit log. */
function noteViolations(
  request: AdmissionRequest,
  { audit, errors }: Pick<Policy, 'audit'> & { errors: readonly FieldError[] },
  subject: { metadata: ObjectMeta; spec: PodSpec },
): void {
  if (!request.audit) return
  const texts = errors.map(({ field, message }) => `${field}: ${message}`)
  if (texts.length > 0) annotate(request, 'error', `Failed to parse policy: ${aggregate(texts)}`)
  const found = evaluate(audit, subject)
  if (found)
    annotate(
      request,
      'audit-violations',
      `would violate PodSecurity ${JSON.stringify(textOf(audit))}: ${found.details}`,
    )
}

function warnBy(
  { warn }: AdmissionRequest,
  level: Policy['warn'],
  subject: { metadata: ObjectMeta; spec: PodSpec },
): void {
  const found = evaluate(level, subject)
  if (found) warn(`would violate PodSecurity ${JSON.stringify(textOf(level))}: ${found.details}`)
}

/** Of all that may change in a pod that is there, only images and annotations of profiles matter. */
function changesMuch(pod: Pod, old: Pod): boolean {
  const parts = ({ metadata, spec }: Pod) =>
    (['containers', 'initContainers', 'ephemeralContainers'] as const).map((list) =>
      ((spec?.[list] ?? []) as Container[]).map(({ name, image }) => [
        image,
        metadata.annotations?.[`container.seccomp.security.alpha.kubernetes.io/${name}`],
      ]),
    )
  return JSON.stringify(parts(pod)) !== JSON.stringify(parts(old))
}

interface Templated {
  spec?: { template?: Template; jobTemplate?: { spec?: { template?: Template } } }
  template?: Template
}

interface Template {
  metadata?: ObjectMeta
  spec?: PodSpec
}

/** Where pods come from, by `plural.group`. */
const templates = new Map<string, (object: Templated) => Template | undefined>([
  ...[
    'replicationcontrollers.',
    'replicasets.apps',
    'deployments.apps',
    'statefulsets.apps',
    'daemonsets.apps',
    'jobs.batch',
  ].map((kind) => [kind, ({ spec }: Templated) => spec?.template] as const),
  ['podtemplates.', ({ template }) => template],
  ['cronjobs.batch', ({ spec }) => spec?.jobTemplate?.spec?.template],
])

async function checkTemplate(
  lister: Lister,
  request: AdmissionRequest,
  { metadata = {}, spec }: Template = {},
): Promise<void> {
  const { policy, errors } = await policyIn(lister, request.namespace)
  if (!spec) return
  noteViolations(request, { audit: policy.audit, errors }, { metadata, spec })
  warnBy(request, policy.warn, { metadata, spec })
}

/** @throws StatusError 422 for labels that say nothing, unless they were there before */
function checkNamespace(lister: Lister, request: AdmissionRequest): void {
  const { object, old, resource, name } = request
  const now = policyOf(object?.metadata.labels)
  const before = policyOf(old?.metadata.labels)
  if (now.errors.length > 0 && (!old || !same(now.errors, before.errors)))
    throw invalid(resource, name, now.errors)
  const { enforce } = now.policy
  if (old && now.errors.length === 0 && isStricter(enforce, before.policy.enforce))
    warnOfExisting(lister, request, enforce)
}
