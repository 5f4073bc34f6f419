/** Policies as the pipeline takes them: those that change before webhooks that change, those that refuse before those that refuse. */

export { webhookConditions } from './match-conditions.ts'
export { mutatingPolicies } from './mutating-policies.ts'
export { followPolicies } from './policy-status.ts'
export { validatingPolicies } from './validating-policies.ts'
