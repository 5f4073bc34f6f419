/** Who still says otherwise than a template that is gone back to, and would write it again. Pure. */

import { parseQuantity } from '../api/quantity.ts'
import type { Deployment, PodTemplateSpec } from '../api/types.ts'
import { authorsOf } from './author.ts'
import { differences } from './difference.ts'

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const helmRelease = 'meta.helm.sh/release-name'

/** One sentence each: a file, an applier, a Helm release. Empty when the target would stay. */
export function whoBringsBack(deployment: Deployment, target: PodTemplateSpec): string[] {
  const { annotations = {}, name } = deployment.metadata
  const warnings = fileWarnings(deployment, target)
  const appliers = new Set(
    authorsOf(deployment)
      .filter(({ applies }) => applies)
      .map(({ manager }) => manager),
  )
  for (const manager of appliers)
    warnings.push(
      `"${manager}" applies this template: its next apply brings deployment/${name} back.`,
    )
  const release = annotations[helmRelease]
  if (release)
    warnings.push(
      `Helm's release "${release}" has this deployment: its next upgrade brings the template back; see: helm rollback ${release}`,
    )
  return warnings
}

/** Who says otherwise than the template that is there: it was gone back to, or changed by another, since it was applied. */
export function driftOf(deployment: Deployment): string[] {
  const { template } = deployment.spec ?? {}
  if (!template) return []
  const warnings = fileWarnings(deployment, template)
  const [latest, ...earlier] = authorsOf(deployment)
  const applier = latest?.applies ? undefined : earlier.find(({ applies }) => applies)
  if (applier)
    warnings.push(
      `"${applier.manager}" applied this template before "${latest?.manager}" wrote into it: its next apply may bring that back.`,
    )
  return warnings
}

function fileWarnings({ metadata }: Deployment, target: PodTemplateSpec): string[] {
  const says = statedOtherwise(metadata.annotations?.[lastApplied], target)
  return says
    ? [
        `The file that was applied says ${says}: the next kubectl apply brings that back. Correct the file; see: kubectl diff -f FILE`,
      ]
    : []
}

/** What a file says of the template that the target does not: `image web:1.3`. */
function statedOtherwise(text: string | undefined, target: PodTemplateSpec): string | undefined {
  const stated = parsed(text)?.spec?.template
  if (!stated) return undefined
  const [first, ...others] = differences(stated, target).filter(
    // What it does not say it does not bring back.
    ({ before, after }) => before !== undefined && before !== null && !sameValue(before, after),
  )
  if (!first) return undefined
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  return `${first.path} = ${JSON.stringify(first.before)}${more}`
}

/** Files are written more freely than the server answers: `20` for `"20"`, `1000m` for `"1"`. */
function sameValue(stated: unknown, served: unknown): boolean {
  if (typeof stated === 'object' || typeof served === 'object') return false
  const [a, b] = [String(stated), String(served)]
  const quantity = parseQuantity(a)
  return a === b || (quantity !== undefined && quantity === parseQuantity(b))
}

/** Written by a client, so it may be anything. */
function parsed(text: string | undefined): { spec?: { template?: unknown } } | undefined {
  if (!text) return undefined
  try {
    return JSON.parse(text) as { spec?: { template?: unknown } }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
