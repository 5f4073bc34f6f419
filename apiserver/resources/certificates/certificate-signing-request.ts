/**
 * CertificateSigningRequest: somebody asks for a certificate, somebody approves, a signer signs. Each writes a part of
 * its own: the request is the asker's and never changes.
 */

import type { CertificateSigningRequest } from '../../../api/types.ts'
import { formatTime } from '../../schema/scalars.ts'
import { humanDuration } from '../ages.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { defineResource, type StrategyContext } from '../resource.ts'
import { keep } from '../status-strategy.ts'
import {
  validateApprovalUpdate,
  validateNewRequest,
  validateRequestUpdate,
  validateSignedUpdate,
} from './certificate-signing-request-validation.ts'

type Request = CertificateSigningRequest

export const certificateSigningRequests = defineResource<Request>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  validateName: () => [],
  strategy: {
    generation: false,
    prepareForCreate,
    prepareForUpdate(request, old) {
      keep(request, old, 'spec')
      keep(request, old, 'status')
    },
    prepareForStatusUpdate(request, old, context) {
      keep(request, old, 'spec')
      keepApprovals(request, old)
      tellTimes(request, old, context)
    },
    validateCreate: (request) => [...validateNewRequest(request)],
    validateUpdate: (request, old) => [...validateRequestUpdate(request, old)],
    validateStatusUpdate: (request, old) => [...validateSignedUpdate(request, old)],
  },
  resets: ['spec'],
  subresources: [
    {
      name: 'approval',
      verbs: ['get', 'patch', 'update'],
      resets: ['spec', 'status.certificate'],
      part: {
        prepareForUpdate(request, old, context) {
          const conditions = request.status?.conditions
          keep(request, old, 'spec')
          request.status = { ...old.status, ...(conditions && { conditions }) }
          if (!conditions) delete request.status.conditions
          tellTimes(request, old, context)
        },
        validateUpdate: (request, old) => [...validateApprovalUpdate(request, old)],
      },
    },
    { ...statusSubresource, resets: ['spec', 'status.conditions'] },
  ],
  fieldSelectors: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', 'Who is to sign.', ({ spec }) => spec?.signerName || '<none>'),
    column('Requestor', 'Who asks.', ({ spec }) => spec?.username ?? ''),
    column('RequestedDuration', 'How long the certificate is to be good.', ({ spec }) =>
      spec?.expirationSeconds === undefined
        ? '<none>'
        : humanDuration(spec.expirationSeconds * 1000),
    ),
    column('Condition', 'How far it is.', condition),
  ],
})

/** Who asks is who sends it, whatever it says; and nobody can ask for what is approved already. */
function prepareForCreate(request: Request, { user }: StrategyContext): void {
  request.status = {}
  request.spec ??= { request: '', signerName: '' }
  const { spec } = request
  delete spec.uid
  delete spec.extra
  spec.username = user?.name ?? ''
  spec.groups = user?.groups ?? []
  if (user?.uid) spec.uid = user.uid
  if (user?.extra && Object.keys(user.extra).length > 0) spec.extra = user.extra
}

/** A signer who writes as many approvals and denials as there were writes those. */
function keepApprovals(request: Request, old: Request): void {
  const written = request.status?.conditions ?? []
  for (const approval of ['Approved', 'Denied']) {
    const isOne = ({ type }: { type: string }) => type === approval
    const before = (old.status?.conditions ?? []).filter(isOne)
    if (written.filter(isOne).length !== before.length) continue
    for (const [index, one] of written.entries())
      if (isOne(one)) written[index] = before.shift() ?? one
  }
}

/** Conditions say when they were written, and since when they are so. */
function tellTimes(request: Request, old: Request, { clock }: StrategyContext): void {
  const now = formatTime(Math.floor(clock.now() / 1000))
  for (const condition of request.status?.conditions ?? []) {
    condition.lastUpdateTime ??= now
    condition.lastTransitionTime ??=
      old.status?.conditions?.find(
        ({ type, status }) => type === condition.type && status === condition.status,
      )?.lastTransitionTime ?? now
  }
}

function condition({ status }: Request): string {
  const types = new Set((status?.conditions ?? []).map(({ type }) => type))
  return [
    types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending',
    ...(types.has('Failed') ? ['Failed'] : []),
    ...(status?.certificate ? ['Issued'] : []),
  ].join(',')
}
