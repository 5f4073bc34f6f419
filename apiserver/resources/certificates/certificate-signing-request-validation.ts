/** What a request for a certificate must say, and who may change which part of it. */

import { X509Certificate } from 'node:crypto'
import type { CertificateSigningRequest } from '../../../api/types.ts'
import {
  duplicate,
  type FieldErrors,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../field-errors.ts'
import { byteLength, labelProblems, subdomainProblems } from '../name-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { certificateRequestProblem } from './certificate-request.ts'

type Request = CertificateSigningRequest
type Condition = NonNullable<NonNullable<Request['status']>['conditions']>[number]

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
/** Said once, and for good. */
const final = ['Approved', 'Denied', 'Failed']
const approvals = ['Approved', 'Denied']
const shortest = 600
const longestDomain = 253
const longestSigner = 253 + 1 + 253 + 63 + 1
const legacySigner = 'kubernetes.io/legacy-unknown'
const certificateField = 'status.certificate'
const conditionsField = 'status.conditions'

const decoded = (base64: string | undefined) =>
  Buffer.from(base64 ?? '', 'base64').toString('latin1')

export function* validateNewRequest({ spec, status }: Request): FieldErrors {
  const problem = certificateRequestProblem(decoded(spec?.request))
  if (problem) yield invalid('spec.request', spec?.request ?? '', problem)
  yield* validateUsages(spec?.usages ?? [])
  const signer = spec?.signerName ?? ''
  if (signer === legacySigner)
    yield invalid(
      'spec.signerName',
      signer,
      'the legacy signerName is not allowed via this API version',
    )
  else yield* validateSignerName(signer, 'spec.signerName')
  const seconds = spec?.expirationSeconds
  if (seconds !== undefined && seconds < shortest)
    yield invalid(
      'spec.expirationSeconds',
      seconds,
      `may not specify a duration less than ${shortest} seconds (10 minutes)`,
    )
  yield* validateConditions(status?.conditions ?? [])
}

/** Everybody's writes: the asker's. */
export function* validateRequestUpdate(request: Request, old: Request): FieldErrors {
  yield* validateKept(request, old)
  yield* validateApprovalsKept(request, old)
  yield* validateCertificateKept(request, old)
}

/** The signer's writes. */
export function* validateSignedUpdate(request: Request, old: Request): FieldErrors {
  yield* validateKept(request, old)
  yield* validateApprovalsKept(request, old)
  const [now, before] = [request.status?.certificate, old.status?.certificate]
  if ((now ?? '') === (before ?? '')) return
  const problem = certificateProblem(decoded(now))
  if (problem) yield invalid(certificateField, '<certificate data>', problem)
  if (before)
    yield forbidden(certificateField, 'updates may not modify existing certificate content')
}

/** The approver's writes. */
export function* validateApprovalUpdate(request: Request, old: Request): FieldErrors {
  yield* validateKept(request, old)
  yield* validateCertificateKept(request, old)
}

function* validateUsages(given: string[]): FieldErrors {
  if (given.length === 0) yield required('spec.usages')
  const seen = new Set<string>()
  for (const [index, usage] of given.entries()) {
    if (!usages.includes(usage)) yield notSupported(`spec.usages[${index}]`, usage, usages)
    if (seen.has(usage)) yield duplicate(`spec.usages[${index}]`, usage)
    seen.add(usage)
  }
}

/** `example.com/signer-name` */
export function* validateSignerName(name: string, field: string): FieldErrors {
  if (name === '') return yield required(field)
  const [domain = '', path = '', ...more] = name.split('/')
  if (!name.includes('/') || more.length > 0)
    return yield invalid(
      field,
      name,
      "must be a fully qualified domain and path of the form 'example.com/signer-name'",
    )
  if (byteLength(domain) > longestDomain) yield tooLong(field, longestDomain)
  const labels = domain.split('.')
  for (const label of labels)
    for (const problem of labelProblems(label))
      yield invalid(field, domain, `validating label ${JSON.stringify(label)}: ${problem}`)
  if (labels.length < 2)
    yield invalid(field, domain, 'should be a domain with at least two segments separated by dots')
  for (const label of path.split('.'))
    for (const problem of subdomainProblems(label))
      yield invalid(field, path, `validating label ${JSON.stringify(label)}: ${problem}`)
  if (byteLength(name) > longestSigner) yield tooLong(field, longestSigner)
}

function* validateConditions(conditions: Condition[]): FieldErrors {
  const types = new Set<string>()
  for (const [index, { type = '', status = '' }] of conditions.entries()) {
    const field = `${conditionsField}[${index}]`
    if (type === '') yield required(`${field}.type`)
    const statuses = final.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
    if (status === '') yield required(`${field}.status`)
    else if (!statuses.includes(status)) yield notSupported(`${field}.status`, status, statuses)
    if (approvals.includes(type) && approvals.some((other) => other !== type && types.has(other)))
      yield invalid(`${field}.type`, type, 'Approved and Denied conditions are mutually exclusive')
    if (types.has(type)) yield duplicate(`${field}.type`, type)
    types.add(type)
  }
}

const ofType = ({ status }: Request, type: string) =>
  (status?.conditions ?? []).filter((condition) => condition.type === type)

function* validateKept(request: Request, old: Request): FieldErrors {
  yield* validateConditions(request.status?.conditions ?? [])
  for (const type of final)
    if (ofType(request, type).length < ofType(old, type).length)
      yield forbidden(conditionsField, `updates may not remove a condition of type "${type}"`)
}

function* validateApprovalsKept(request: Request, old: Request): FieldErrors {
  for (const type of approvals) {
    const [now, before] = [ofType(request, type), ofType(old, type)]
    if (now.length > before.length)
      yield forbidden(conditionsField, `updates may not add a condition of type "${type}"`)
    else if (now.length === before.length && !semanticallyEqual(now, before))
      yield forbidden(conditionsField, `updates may not modify a condition of type "${type}"`)
  }
}

function* validateCertificateKept(request: Request, old: Request): FieldErrors {
  if ((request.status?.certificate ?? '') !== (old.status?.certificate ?? ''))
    yield forbidden(certificateField, 'updates may not set certificate content')
}

/** What is wrong with certificates in PEM; `undefined` for good ones, and for none. */
function certificateProblem(pem: string): string | undefined {
  if (pem === '') return undefined
  const blocks = [...pem.matchAll(/-----BEGIN ([^-]+)-----\s([\s\S]*?)-----END \1-----/g)]
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  for (const [, type, content = ''] of blocks) {
    if (type !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`
    if (content.includes(':')) return 'no PEM block headers are permitted'
    if (!isCertificate(Buffer.from(content, 'base64'))) return 'x509: malformed certificate'
  }
  return undefined
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der) !== undefined
  } catch {
    return false
  }
}
