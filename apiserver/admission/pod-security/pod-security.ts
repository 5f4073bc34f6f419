/**
 * PodSecurity: pods are held against the level that their namespace's labels ask for, and refused, or warned of; what
 * makes pods is warned of; and who makes a namespace stricter hears which of its pods would not be let in again.
 */

import type { KubernetesObject, ObjectMeta } from '../../../api/object.ts'
import type { Container, Pod, PodSpec } from '../../../api/types.ts'
import { invalid } from '../../http/status.ts'
import type { Lister } from '../../registry/lister.ts'
import { readThrough } from '../../registry/read-through.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
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
async function policyIn(lister: Lister, name: string): Promise<Policy> {
  const namespace = await readThrough<KubernetesObject>(lister, 'namespaces', '', name)
  return policyOf(namespace?.metadata.labels).policy
}

async function checkPod(lister: Lister, request: AdmissionRequest): Promise<void> {
  const pod = request.object as unknown as Pod
  if (!pod.spec) return
  const { enforce, warn } = await policyIn(lister, request.namespace)
  if (enforce.level === 'privileged' && warn.level === 'privileged') return
  const { operation, subresource, old } = request
  const before = old as unknown as Pod
  if (operation === 'UPDATE' && subresource === '' && !changesMuch(pod, before)) return
  const subject = { metadata: pod.metadata, spec: pod.spec }
  const refused = evaluate(enforce, subject)
  if (refused)
    throw refusal(
      request,
      `violates PodSecurity ${JSON.stringify(textOf(enforce))}: ${refused.details}`,
    )
  warnBy(request, warn, subject)
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
  const { warn } = await policyIn(lister, request.namespace)
  if (spec && warn.level !== 'privileged') warnBy(request, warn, { metadata, spec })
}

/** @throws StatusError 422 for labels that say nothing, unless they were there before */
function checkNamespace(lister: Lister, request: AdmissionRequest): void {
  const { object, old, resource, name } = request
  const now = policyOf(object?.metadata.labels)
  const before = policyOf(old?.metadata.labels)
  if (now.errors.length > 0 && (!old || before.errors.length === 0))
    throw invalid(resource, name, now.errors)
  const { enforce } = now.policy
  if (old && now.errors.length === 0 && isStricter(enforce, before.policy.enforce))
    warnOfExisting(lister, request, enforce)
}
