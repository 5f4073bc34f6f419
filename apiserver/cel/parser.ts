/**
 * From the text of an expression to its tree. Deep or long texts are refused before they cost anything; errors are
 * told in the words of the reference implementation's grammar.
 */

import { type Call, type Expr, isDeeper, type MapEntry, type StructField } from './ast.ts'
import { CelCompileError } from './errors.ts'
import { type Token, tokenize } from './lexer.ts'
import { MacroError, unfold } from './macros.ts'

const maximumLength = 100_000
const maximumDepth = 250
/** Of the tree: chains of operators and members nest in each other. */
const maximumTreeDepth = 500
/** Nodes after macros: their arguments are not copied, so that this is about the length of the text. */
const maximumNodes = 20_000

const reservedWords = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const operandStarts =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

const levels: readonly (readonly string[])[] = [
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
]
const operators: Record<string, string> = { in: '@in' }
const nameOf = (operator: string) => operators[operator] ?? `_${operator}_`

/** @throws CelCompileError */
export function parse(source: string): Expr {
  const length = [...source.slice(0, 2 * maximumLength + 2)].length
  if (length > maximumLength)
    throw CelCompileError.of('', [
      {
        offset: 0,
        message: `expression code point size exceeds limit: size: ${length}, limit ${maximumLength}`,
      },
    ])
  return new Parser(source).parse()
}

class Parser {
  readonly #source: string
  readonly #tokens: Token[]
  #at = 0
  #depth = 0
  #nodes = 0

  constructor(source: string) {
    this.#source = source
    this.#tokens = tokenize(source)
  }

  parse(): Expr {
    const expr = this.#expression()
    if (this.#next.kind !== 'end')
      this.#fail(`Syntax error: extraneous input ${quote(this.#next)} expecting <EOF>`)
    if (isDeeper(expr, maximumTreeDepth))
      this.#fail(`expression recursion limit exceeded: ${maximumTreeDepth}`, 0)
    return expr
  }

  get #next(): Token {
    return this.#tokens[this.#at]!
  }

  #fail(message: string, offset = this.#next.at): never {
    throw CelCompileError.of(this.#source, [{ offset, message }])
  }

  #accept(text: string): Token | undefined {
    const token = this.#next
    if (token.text !== text || token.kind === 'literal' || token.kind === 'quoted') return undefined
    this.#at++
    return token
  }

  #expect(text: string): Token {
    return (
      this.#accept(text) ??
      this.#fail(`Syntax error: mismatched input ${quote(this.#next)} expecting '${text}'`)
    )
  }

  #made<T extends Expr>(expr: T): T {
    if (++this.#nodes > maximumNodes)
      this.#fail(`expression has more than ${maximumNodes} nodes`, 0)
    return expr
  }

  #call(name: string, offset: number, args: Expr[]): Expr {
    return this.#made({ kind: 'call', offset, name, args })
  }

  #expression(): Expr {
    if (++this.#depth > maximumDepth)
      this.#fail(`expression recursion limit exceeded: ${maximumDepth}`, 0)
    const condition = this.#logical('||', () => this.#logical('&&', () => this.#binary(0)))
    const question = this.#accept('?')
    let expr = condition
    if (question) {
      const yes = this.#logical('||', () => this.#logical('&&', () => this.#binary(0)))
      this.#expect(':')
      expr = this.#call('_?_:_', question.at, [condition, yes, this.#expression()])
    }
    this.#depth--
    return expr
  }

  /** Chains become balanced trees, so that long ones are not deep. */
  #logical(operator: string, operand: () => Expr): Expr {
    const terms = [operand()]
    const places: number[] = []
    for (let token = this.#accept(operator); token; token = this.#accept(operator)) {
      places.push(token.at)
      terms.push(operand())
    }
    const balance = (from: number, to: number): Expr => {
      if (from === to) return terms[from]!
      const middle = (from + to + 1) >> 1
      const [left, right] = [balance(from, middle - 1), balance(middle, to)]
      return this.#call(nameOf(operator), places[middle - 1] ?? 0, [left, right])
    }
    return balance(0, terms.length - 1)
  }

  #binary(level: number): Expr {
    const known = levels[level]
    if (!known) return this.#unary()
    let left = this.#binary(level + 1)
    let chained = 0
    for (;;) {
      const token = this.#next
      if (token.kind === 'literal' || token.kind === 'quoted' || !known.includes(token.text)) break
      this.#at++
      if (++chained > maximumDepth)
        this.#fail(`expression recursion limit exceeded: ${maximumDepth}`, 0)
      left = this.#call(nameOf(token.text), token.at, [left, this.#binary(level + 1)])
    }
    return left
  }

  #unary(): Expr {
    const first = this.#next
    if (first.kind !== 'punct' || (first.text !== '!' && first.text !== '-')) return this.#member()
    let count = 0
    while (this.#accept(first.text)) count++
    const literal = this.#next
    if (first.text === '-' && count === 1 && literal.kind === 'literal') {
      const { value } = literal
      if (typeof value === 'bigint' || typeof value === 'number') {
        literal.value = -value as typeof value
        literal.at = first.at
        return this.#member(true)
      }
    }
    const operand = this.#member()
    return count % 2 === 0 ? operand : this.#call(`${first.text}_`, first.at, [operand])
  }

  #member(negative = false): Expr {
    let expr = this.#primary(negative)
    for (let length = 0; ; length++) {
      if (length > maximumDepth)
        this.#fail(`expression recursion limit exceeded: ${maximumDepth}`, 0)
      const dot = this.#accept('.')
      if (dot) {
        expr = this.#afterDot(expr, dot)
        continue
      }
      const bracket = this.#accept('[')
      if (!bracket) return expr
      const optional = this.#accept('?') !== undefined
      const index = this.#expression()
      this.#expect(']')
      expr = this.#call(optional ? '_[?_]' : '_[_]', bracket.at, [expr, index])
    }
  }

  #afterDot(operand: Expr, dot: Token): Expr {
    const optional = this.#accept('?')
    const name = this.#next
    if (name.kind !== 'ident' && name.kind !== 'quoted')
      this.#fail(
        `Syntax error: no viable alternative at input '.${name.kind === 'end' ? '' : name.text}'`,
      )
    this.#at++
    const open = optional ? undefined : this.#accept('(')
    if (open) return this.#called(name.text, open.at, this.#list(')'), operand)
    if (name.kind === 'ident' && ['in', 'true', 'false', 'null'].includes(name.text))
      this.#fail(`Syntax error: no viable alternative at input '.${name.text}'`, name.at)
    if (optional)
      return this.#call('_?._', dot.at, [
        operand,
        this.#made({ kind: 'literal', offset: name.at, value: name.text }),
      ])
    return this.#made({ kind: 'select', offset: dot.at, operand, field: name.text, test: false })
  }

  #called(name: string, offset: number, args: Expr[], target?: Expr): Expr {
    const call: Call = { kind: 'call', offset, name, args, ...(target && { target }) }
    try {
      return this.#made(unfold(call))
    } catch (error) {
      if (error instanceof MacroError) this.#fail(error.message, error.offset)
      throw error
    }
  }

  #list(close: string): Expr[] {
    const items: Expr[] = []
    if (this.#accept(close)) return items
    do items.push(this.#expression())
    while (this.#accept(','))
    this.#expect(close)
    return items
  }

  #primary(negative = false): Expr {
    const token = this.#next
    this.#at++
    switch (token.kind) {
      case 'literal':
        if (typeof token.value === 'bigint' && !negative && token.value > 2n ** 63n - 1n)
          this.#fail('invalid int literal', token.at)
        return this.#made({ kind: 'literal', offset: token.at, value: token.value })
      case 'ident':
        return this.#word(token)
      case 'punct':
        if (token.text === '(') {
          const inner = this.#expression()
          this.#expect(')')
          return inner
        }
        if (token.text === '[') return this.#listLiteral(token.at)
        if (token.text === '{') return this.#mapLiteral(token.at)
        if (token.text === '.' && this.#next.kind === 'ident') return this.#primary()
        break
      default:
    }
    this.#at--
    return this.#fail(
      `Syntax error: mismatched input ${quote(token)} expecting ${operandStarts}`,
      token.at,
    )
  }

  #word(token: Token): Expr {
    const { text, at: offset } = token
    if (text === 'true' || text === 'false')
      return this.#made({ kind: 'literal', offset, value: text === 'true' })
    if (text === 'null') return this.#made({ kind: 'literal', offset, value: null })
    if (text === 'in')
      this.#fail(`Syntax error: mismatched input 'in' expecting ${operandStarts}`, offset)
    const open = this.#accept('(')
    if (open) return this.#called(text, open.at, this.#list(')'))
    if (reservedWords.has(text)) this.#fail(`reserved identifier: ${text}`, offset)
    const struct = this.#structAhead()
    if (struct !== undefined) return this.#structLiteral([text, ...struct].join('.'))
    return this.#made({ kind: 'ident', offset, name: text })
  }

  /** The further names of `a.b.C{`, taken off; `undefined` where no brace follows. */
  #structAhead(): string[] | undefined {
    const names: string[] = []
    let at = this.#at
    while (this.#tokens[at]?.text === '.' && this.#tokens[at + 1]?.kind === 'ident') {
      names.push(this.#tokens[at + 1]!.text)
      at += 2
    }
    const brace = this.#tokens[at]
    if (brace?.kind !== 'punct' || brace.text !== '{') return undefined
    this.#at = at
    return names
  }

  #structLiteral(name: string): Expr {
    const { at: offset } = this.#expect('{')
    const fields: StructField[] = []
    while (!this.#accept('}')) {
      const optional = this.#accept('?') !== undefined
      const field = this.#next
      if (field.kind !== 'ident' && field.kind !== 'quoted')
        this.#fail(
          `Syntax error: mismatched input ${quote(field)} expecting {'}', ',', IDENTIFIER}`,
        )
      this.#at++
      const colon = this.#expect(':')
      fields.push({ offset: colon.at, name: field.text, value: this.#expression(), optional })
      if (!this.#accept(',')) {
        this.#expect('}')
        break
      }
    }
    return this.#made({ kind: 'struct', offset, name, fields })
  }

  #listLiteral(offset: number): Expr {
    const elements: Expr[] = []
    const optionals = new Set<number>()
    while (!this.#accept(']')) {
      if (this.#accept('?')) optionals.add(elements.length)
      elements.push(this.#expression())
      if (!this.#accept(',')) {
        this.#expect(']')
        break
      }
    }
    return this.#made({ kind: 'list', offset, elements, optionals })
  }

  #mapLiteral(offset: number): Expr {
    const entries: MapEntry[] = []
    while (!this.#accept('}')) {
      const optional = this.#accept('?') !== undefined
      const key = this.#expression()
      const colon = this.#expect(':')
      entries.push({ offset: colon.at, key, value: this.#expression(), optional })
      if (!this.#accept(',')) {
        this.#expect('}')
        break
      }
    }
    return this.#made({ kind: 'map', offset, entries })
  }
}

const quote = (token: Token) => (token.kind === 'end' ? "'<EOF>'" : `'${token.text}'`)
