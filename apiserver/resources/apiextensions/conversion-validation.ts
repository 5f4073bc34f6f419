/** How objects of one version become objects of another: not at all, or by a webhook that can be called. */

import { X509Certificate } from 'node:crypto'
import type { Conversion, CustomResourceDefinition } from '../../schema/structural/definition.ts'
import { type FieldErrors, forbidden, invalid, notSupported, required } from '../field-errors.ts'
import { label1035Problems } from '../name-validation.ts'
import { validateWebhookClient } from '../webhook-client-validation.ts'

const strategies = ['None', 'Webhook']
/** Of the reviews that the server can send. */
const reviewVersions = ['v1', 'v1beta1']

export const hasReviewVersion = (versions: readonly string[]): boolean =>
  versions.some((version) => reviewVersions.includes(version))

/** @param old what was wrong in it already may stay so */
export function* validateConversion(
  conversion: Conversion | undefined,
  old: CustomResourceDefinition | undefined,
): FieldErrors {
  if (!conversion) return
  const field = 'spec.conversion'
  const { strategy, webhook } = conversion
  if (!strategy) yield required(`${field}.strategy`)
  else if (!strategies.includes(strategy))
    yield notSupported(`${field}.strategy`, strategy, strategies)
  const client = webhook?.clientConfig
  const versions = webhook?.conversionReviewVersions ?? []
  const unfit = 'should not be set when strategy is not set to Webhook'
  if (strategy !== 'Webhook') {
    if (client) yield forbidden(`${field}.webhookClientConfig`, unfit)
    if (versions.length > 0) yield forbidden(`${field}.conversionReviewVersions`, unfit)
    return
  }
  if (!client)
    yield required(`${field}.webhookClientConfig`, 'required when strategy is set to Webhook')
  else {
    yield* validateWebhookClient(client, `${field}.webhookClientConfig`)
    if (client.caBundle && !mayHaveBadBundle(old))
      yield* validateBundle(client.caBundle, `${field}.webhookClientConfig.caBundle`)
  }
  const before = old?.spec.conversion?.webhook?.conversionReviewVersions ?? []
  yield* validateReviewVersions(
    versions,
    `${field}.conversionReviewVersions`,
    before.length === 0 || hasReviewVersion(before),
  )
}

function* validateReviewVersions(
  versions: readonly string[],
  field: string,
  oneKnown: boolean,
): FieldErrors {
  if (versions.length === 0) return yield required(field)
  const seen = new Set<string>()
  for (const [at, version] of versions.entries()) {
    if (seen.has(version)) yield invalid(`${field}[${at}]`, version, 'duplicate version')
    else
      for (const problem of label1035Problems(version))
        yield invalid(`${field}[${at}]`, version, problem)
    seen.add(version)
  }
  if (oneKnown && !hasReviewVersion(versions))
    yield invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`)
}

/** Before a definition is established somebody else may still fill in the bundle. */
function mayHaveBadBundle(old: CustomResourceDefinition | undefined): boolean {
  const established = old?.status?.conditions?.some(
    ({ type, status }) => type === 'Established' && status === 'True',
  )
  if (!established) return true
  const bundle = old?.spec.conversion?.webhook?.clientConfig?.caBundle
  return bundle ? bundleProblem(bundle) !== undefined : false
}

function* validateBundle(bundle: string, field: string): FieldErrors {
  const problem = bundleProblem(bundle)
  if (problem !== undefined) yield invalid(field, bundle, problem)
}

function bundleProblem(bundle: string): string | undefined {
  const blocks = Buffer.from(bundle, 'base64')
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (!blocks) return 'unable to load root certificates: unable to parse bytes as PEM block'
  try {
    for (const block of blocks) new X509Certificate(block)
    return undefined
  } catch (error) {
    return `unable to load root certificates: ${(error as Error).message}`
  }
}
