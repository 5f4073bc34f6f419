/** MutatingAdmissionPolicyBinding: where a policy holds, and with what parameters. */

import type { MutatingAdmissionPolicyBinding } from '../../../api/types.ts'
import { defineResource } from '../resource.ts'
import { validateMutableOperations } from './mutable-operations.ts'
import {
  defaultPolicyBinding,
  policyBindingColumns,
  validatePolicyBinding,
} from './policy-rules.ts'

const field = 'spec.matchResources'

export const mutatingAdmissionPolicyBindings = defineResource<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  strategy: {
    unconditionalUpdate: false,
    default: defaultPolicyBinding,
    validate: (binding) => [
      ...validatePolicyBinding(binding, field),
      ...validateMutableOperations(
        binding.spec?.matchResources?.resourceRules,
        `${field}.resourceRules.operations`,
      ),
    ],
  },
  subresources: [],
  columns: policyBindingColumns,
})
