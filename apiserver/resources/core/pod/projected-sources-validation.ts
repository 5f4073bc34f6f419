/** Projected certificates: bundles of authorities to trust, and a certificate for the pod itself. */

import type { Volume } from '../../../../api/types.ts'
import { validateSignerName } from '../../certificates/certificate-signing-request-validation.ts'
import {
  type FieldErrors,
  invalid,
  invalidFor,
  notSupported,
  required,
} from '../../field-errors.ts'
import { validateLabelSelector } from '../../label-selector-validation.ts'
import { subdomainProblems } from '../../name-validation.ts'
import { validateFilePath } from './path-validation.ts'

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]
type Bundle = NonNullable<Projection['clusterTrustBundle']>
type Certificate = NonNullable<Projection['podCertificate']>

export function* validateTrustBundle(bundle: Bundle, field: string): FieldErrors {
  const { name, signerName, labelSelector, path } = bundle
  if (name !== undefined && signerName !== undefined)
    yield invalid(field, bundle, 'only one of name and signerName may be used')
  else if (name !== undefined) {
    if (name === '') yield required(`${field}.name`, 'must be a valid object name')
    else yield* invalidFor(`${field}.name`, name.replace(/^.*:/, ''), bundleNameProblems(name))
    if (labelSelector)
      yield invalid(
        `${field}.labelSelector`,
        labelSelector,
        'labelSelector must be unset if name is specified',
      )
  } else if (signerName !== undefined) {
    if (signerName === '') yield required(`${field}.signerName`, 'must be a valid signer name')
    else yield* validateSignerName(signerName, `${field}.signerName`)
    yield* validateLabelSelector(labelSelector, `${field}.labelSelector`)
  } else yield required(field, 'either name or signerName must be specified')
  if (!path) yield required(`${field}.path`)
  yield* validateFilePath(path ?? '', `${field}.path`)
}

/** `SIGNER:NAME`, the signer's slash a colon, or a name alone. */
const bundleNameProblems = (name: string) => subdomainProblems(name.replace(/^.*:/, ''))

const keyTypes = ['ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519', 'RSA3072', 'RSA4096']
const shortest = 3600
const longest = 91 * 86_400
const files = ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const

export function* validatePodCertificate(certificate: Certificate, field: string): FieldErrors {
  const { signerName, keyType, maxExpirationSeconds: seconds } = certificate
  yield* validateSignerName(signerName ?? '', `${field}.signerName`)
  if (!keyTypes.includes(keyType)) yield notSupported(`${field}.keyType`, keyType, keyTypes)
  if (seconds !== undefined && (seconds < shortest || seconds > longest))
    yield invalid(
      `${field}.maxExpirationSeconds`,
      seconds,
      seconds < shortest
        ? `if provided, maxExpirationSeconds must be >= ${shortest}`
        : `if provided, maxExpirationSeconds must be <= ${longest}`,
    )
  const paths = files.filter((name) => certificate[name])
  if (paths.length === 0)
    yield required(
      field,
      'specify at least one of credentialBundlePath, keyPath, and certificateChainPath',
    )
  for (const name of paths) yield* validateFilePath(certificate[name] ?? '', `${field}.${name}`)
}

/** Where these sources put their files. */
export const certificatePaths = ({ clusterTrustBundle, podCertificate }: Projection): string[] => [
  clusterTrustBundle?.path ?? '',
  ...files.map((name) => podCertificate?.[name] ?? ''),
]
