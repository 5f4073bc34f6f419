/**
 * What can be wrong with an expression, before it runs, while it runs, and because it runs too long: in the words of
 * the language's reference implementation, which clients see in `Status` messages.
 */

/** A place in an expression and what is wrong there. */
export interface Issue {
  /** In UTF-16 units from the start. */
  offset: number
  message: string
}

const shownIssues = 100

/** The expression cannot be compiled. `message` holds all issues, each with its line and a caret. */
export class CelCompileError extends Error {
  override name = 'CelCompileError'
  readonly issues: readonly Issue[]

  constructor(source: string, issues: readonly Issue[]) {
    const inOrder = [...issues].sort((one, other) => one.offset - other.offset)
    const lines = source.split('\n')
    super(
      inOrder
        .slice(0, shownIssues)
        .map((issue) => show(source, lines, issue))
        .join('\n'),
    )
    this.issues = inOrder
  }
}

function show(source: string, lines: readonly string[], { offset, message }: Issue): string {
  const before = source.slice(0, offset)
  const row = before.split('\n').length
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length
  const line = (lines[row - 1] ?? '').replaceAll('\t', ' ')
  return `ERROR: <input>:${row}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`
}

/** The expression failed on these values: `no such key: replicas`. */
export class CelRuntimeError extends Error {
  override name = 'CelRuntimeError'
}

/** The expression was stopped, for its cost or for the work it made. */
export class CelBudgetError extends Error {
  override name = 'CelBudgetError'

  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}
