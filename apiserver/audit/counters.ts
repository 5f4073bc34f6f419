/** What is counted of the audit log, under the names that it has everywhere. */

import { Counter } from 'prom-client'

export function auditCounters() {
  // Whoever serves metrics takes them in.
  const registers: [] = []
  return {
    events: new Counter({
      name: 'apiserver_audit_event_total',
      help: 'Audit events made and sent to the log.',
      registers,
    }),
    errors: new Counter({
      name: 'apiserver_audit_error_total',
      help: 'Audit events that were lost: the log could not be written, or not as fast.',
      labelNames: ['plugin'] as const,
      registers,
    }),
    levels: new Counter({
      name: 'apiserver_audit_level_total',
      help: 'Requests by the level at which the policy has them kept.',
      labelNames: ['level'] as const,
      registers,
    }),
  }
}
