/** The variable `request`: the `AdmissionReview`'s request, without its objects. */

import type { AdmissionRequest } from '../admission.ts'
import type { Form } from '../form.ts'
import { admissionNamespace } from '../matching.ts'

export function requestVariable(request: AdmissionRequest, form: Form): object {
  const { subresource, name, operation, user, dryRun, options, resource, kind } = request
  return {
    kind: pick(form.kind),
    resource: { ...pick(form.resource), resource: form.resource.plural },
    subResource: subresource,
    requestKind: pick(kind),
    requestResource: { ...pick(resource), resource: resource.plural },
    requestSubResource: subresource,
    name,
    namespace: admissionNamespace(request),
    operation,
    userInfo: {
      username: user.name,
      uid: user.uid ?? '',
      groups: user.groups,
      extra: user.extra ?? {},
    },
    dryRun,
    options: options ?? null,
  }
}

const pick = ({ group, version, kind }: { group: string; version: string; kind: string }) => ({
  group,
  version,
  kind,
})
