/** What is answered instead of what was asked for: a sentence, and what to do next. */

export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: number
  readonly next: string
  /** Goes beside `error` in the answer. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    message: string,
    next: string,
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.status = status
    this.next = next
    this.extra = extra
  }
}
