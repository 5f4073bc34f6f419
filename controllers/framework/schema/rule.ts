/** Rules in CEL, as values that stand beside what they are about; the API server compiles and runs them. */

import type { ValidationRule } from './json-schema.ts'

export type { ValidationRule } from './json-schema.ts'

/** What a rule may say beside its expression; without a message the server quotes the rule. */
export type RuleText = Omit<ValidationRule, 'rule'>

/**
 * A CEL rule: true for what is allowed. `self` is the value it stands on, `oldSelf` the value before (a rule that uses
 * it runs on updates only, unless `optionalOldSelf`).
 *
 *     rule('self.min <= self.max', 'min must not be greater than max')
 *     rule('self == oldSelf', { message: 'cannot be changed', reason: 'FieldValueForbidden' })
 *     rule('self.to != self.from', { messageExpression: "'already at ' + self.from", fieldPath: '.to' })
 *
 * The server estimates what a rule costs in the worst case and refuses what is too much: bound the strings, lists and
 * maps that it goes through (`string().max(63)`).
 */
export const rule = (expression: string, text: string | RuleText = {}): ValidationRule => ({
  rule: expression,
  ...(typeof text === 'string' ? { message: text } : text),
})
