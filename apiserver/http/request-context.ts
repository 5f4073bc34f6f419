/** What the pipeline knows of one request besides its target and body. */

import { causeHeader, parseCause, type WriteCause } from '../../api/write-record.ts'
import type { RequestAudit, RequestContext, User } from '../registry/registry.ts'
import type { Asked } from '../registry/write-note.ts'
import type { Exchange } from './exchange.ts'

/** Texts of one answer; a client that wrote more nonsense has seen enough. */
const mostWarnings = 50
const longestWarning = 1024

export class HttpRequestContext implements RequestContext {
  readonly user: User
  readonly impersonator?: string
  readonly requestId: string
  readonly userAgent: string
  readonly warn: (text: string) => void
  mayCreate?: () => Promise<void>
  asked?: Asked
  audit?: RequestAudit
  begun?: () => void
  readonly #exchange: Exchange

  /** @param known who it is, as whomever they act */
  constructor(exchange: Exchange, user: User, requestId: string, known: User = user) {
    this.#exchange = exchange
    this.user = user
    if (known !== user) this.impersonator = known.name
    this.requestId = requestId
    this.userAgent = exchange.header('user-agent') ?? ''
    const warnings: string[] = []
    this.warn = (text) => {
      const header = warningHeader(text)
      if (warnings.length >= mostWarnings || warnings.includes(header)) return
      warnings.push(header)
      exchange.setHeader('Warning', warnings)
    }
  }

  /** What nobody understands is as if it had not been said. */
  get cause(): WriteCause | undefined {
    return parseCause(this.#exchange.header(causeHeader))
  }

  get signal(): AbortSignal {
    return this.#exchange.signal
  }
}

/** RFC 7234 5.5: code 299, no agent, the text quoted. */
export function warningHeader(text: string): string {
  const printable = text
    .slice(0, longestWarning)
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(/[\\"]/g, '\\$&')
  return `299 - "${printable}"`
}
