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
/** Characters: each issue shows its whole line, and a line may be as long as the expression. */
const shownText = 400_000

/**
 * The expression cannot be compiled. `message` says of what failed why; of the compilation with the first issues, each
 * with its line and a caret.
 */
export class CelCompileError extends Error {
  override name = 'CelCompileError'
  readonly failed: 'compilation' | 'program instantiation'
  readonly issues: readonly Issue[]

  constructor(failed: CelCompileError['failed'], why: string, issues: readonly Issue[] = []) {
    super(`${failed} failed: ${why}`)
    this.failed = failed
    this.issues = issues
  }

  static of(source: string, issues: readonly Issue[]): CelCompileError {
    const inOrder = [...issues].sort((one, other) => one.offset - other.offset)
    const lines = source.split('\n')
    const shown: string[] = []
    let room = shownText
    for (const issue of inOrder.slice(0, shownIssues)) {
      shown.push(show(source, lines, issue))
      room -= shown.at(-1)?.length ?? 0
      if (room < 0) break
    }
    return new CelCompileError('compilation', shown.join('\n'), inOrder)
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
