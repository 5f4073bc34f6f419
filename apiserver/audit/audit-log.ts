/**
 * The audit log: who asked for what, when, and how it was answered, as a policy wishes. It is there only where somebody
 * asked for it; without it nothing of this room is loaded.
 */

import type { Clock } from '../../ports/clock.ts'
import type { Exchange } from '../http/exchange.ts'
import { auditCounters } from './counters.ts'
import type { AuditPolicy } from './policy.ts'
import { RequestTrail, type TrailPorts } from './request-trail.ts'
import { ruleFor } from './rule-match.ts'
import { AuditWriter, type LogTarget } from './writer.ts'

export interface AuditPorts {
  policy: AuditPolicy
  target: LogTarget
  clock: Clock
  /** Hears of events that are lost. */
  report(error: unknown): void
}

export class AuditLog {
  readonly counters = auditCounters()
  readonly #writer: AuditWriter
  readonly #trailPorts: TrailPorts

  constructor({ policy, target, clock, report }: AuditPorts) {
    const { events, errors, levels } = this.counters
    const lost = (lines: number) => errors.inc({ plugin: 'log' }, lines)
    this.#writer = new AuditWriter({ target, clock, report, lost })
    this.#trailPorts = {
      clock,
      ruleFor: (asked) => {
        const rule = ruleFor(policy, asked)
        levels.inc({ level: rule?.level ?? 'None' })
        return rule
      },
      write: (line) => {
        events.inc()
        this.#writer.write(line)
      },
    }
  }

  /** @param id the request's `Audit-Id` */
  follow(exchange: Exchange, id: string): RequestTrail {
    return new RequestTrail(this.#trailPorts, exchange, id)
  }

  /** Resolves when everything is written. */
  close(): Promise<void> {
    return this.#writer.close()
  }
}
