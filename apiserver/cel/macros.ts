/**
 * Macros: calls that are no calls but short forms of comprehensions, unfolded while the text is read. Costs and types
 * are told of the unfolded forms, so their shape is the reference implementation's.
 */

import type { Call, Comprehension, Expr } from './ast.ts'

/** Something that is wrong with the arguments of a macro. */
export class MacroError extends Error {
  override name = 'MacroError'
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** No expression can name it. */
export const accumulator = '@result'

type Macro = (call: Call, target: Expr, args: Expr[]) => Expr

/** The call itself where it is no macro. @throws MacroError */
export function unfold(call: Call): Expr {
  if (!call.target) return call.name === 'has' && call.args.length === 1 ? has(call) : call
  const macro = macros.get(`${call.name}/${call.args.length}`)
  return macro ? macro(call, call.target, call.args) : call
}

function has(call: Call): Expr {
  const [arg] = call.args
  if (arg?.kind !== 'select' || arg.test)
    throw new MacroError(arg?.offset ?? call.offset, 'invalid argument to has() macro')
  return { ...arg, offset: call.offset, test: true }
}

const literal = (offset: number, value: boolean | bigint): Expr => ({
  kind: 'literal',
  offset,
  value,
})
const ident = (offset: number, name: string): Expr => ({ kind: 'ident', offset, name })
const call = (offset: number, name: string, ...args: Expr[]): Expr => ({
  kind: 'call',
  offset,
  name,
  args,
})
const list = (offset: number, ...elements: Expr[]): Expr => ({
  kind: 'list',
  offset,
  elements,
  optionals: new Set(),
})

function variable(expr: Expr | undefined): string {
  if (expr?.kind !== 'ident')
    throw new MacroError(expr?.offset ?? 0, 'argument must be a simple name')
  return expr.name
}

function fold(
  { offset }: Call,
  range: Expr,
  variables: readonly string[],
  parts: { init: Expr; condition?: Expr; step: Expr; result?: Expr },
): Comprehension {
  const [iterVar = '', iterVar2] = variables
  const accu = ident(offset, accumulator)
  return {
    kind: 'comprehension',
    offset,
    iterVar,
    ...(iterVar2 !== undefined && { iterVar2 }),
    range,
    accuVar: accumulator,
    condition: literal(offset, true),
    result: accu,
    ...parts,
  }
}

/** Splits the arguments into the variables and the rest. */
function variablesAnd(args: Expr[], count: number): { names: string[]; rest: Expr[] } {
  const names = args.slice(0, count).map(variable)
  if (count === 2 && names[0] === names[1])
    throw new MacroError(args[1]?.offset ?? 0, `duplicate variable name: ${names[1]}`)
  return { names, rest: args.slice(count) }
}

function all(count: number): Macro {
  return (macro, target, args) => {
    const { offset } = macro
    const { names, rest } = variablesAnd(args, count)
    const accu = ident(offset, accumulator)
    return fold(macro, target, names, {
      init: literal(offset, true),
      condition: call(offset, '@not_strictly_false', accu),
      step: call(offset, '_&&_', accu, rest[0]!),
    })
  }
}

function exists(count: number): Macro {
  return (macro, target, args) => {
    const { offset } = macro
    const { names, rest } = variablesAnd(args, count)
    const accu = ident(offset, accumulator)
    return fold(macro, target, names, {
      init: literal(offset, false),
      condition: call(offset, '@not_strictly_false', call(offset, '!_', accu)),
      step: call(offset, '_||_', accu, rest[0]!),
    })
  }
}

function existsOne(count: number): Macro {
  return (macro, target, args) => {
    const { offset } = macro
    const { names, rest } = variablesAnd(args, count)
    const accu = ident(offset, accumulator)
    const one = literal(offset, 1n)
    return fold(macro, target, names, {
      init: literal(offset, 0n),
      step: call(offset, '_?_:_', rest[0]!, call(offset, '_+_', accu, one), accu),
      result: call(offset, '_==_', accu, one),
    })
  }
}

/** `map` and `transformList`: the last argument for each that the one before it lets through. */
function transformed(count: number): Macro {
  return (macro, target, args) => {
    const { offset } = macro
    const { names, rest } = variablesAnd(args, count)
    const [filter, transform] = rest.length === 2 ? rest : [undefined, rest[0]]
    const accu = ident(offset, accumulator)
    const step = call(offset, '_+_', accu, list(offset, transform!))
    return fold(macro, target, names, {
      init: list(offset),
      step: filter ? call(offset, '_?_:_', filter, step, accu) : step,
    })
  }
}

const filter: Macro = (macro, target, args) => {
  const { offset } = macro
  const { names, rest } = variablesAnd(args, 1)
  const accu = ident(offset, accumulator)
  const step = call(offset, '_+_', accu, list(offset, args[0]!))
  return fold(macro, target, names, {
    init: list(offset),
    step: call(offset, '_?_:_', rest[0]!, step, accu),
  })
}

/** Into a map: by the keys that there are, or by the entries that the expression makes. */
function transformedMap(
  insert: (offset: number, accu: Expr, key: Expr, made: Expr) => Expr,
): Macro {
  return (macro, target, args) => {
    const { offset } = macro
    const { names, rest } = variablesAnd(args, 2)
    const [filter, transform] = rest.length === 2 ? rest : [undefined, rest[0]]
    const accu = ident(offset, accumulator)
    const step = insert(offset, accu, args[0]!, transform!)
    return fold(macro, target, names, {
      init: { kind: 'map', offset, entries: [] },
      step: filter ? call(offset, '_?_:_', filter, step, accu) : step,
    })
  }
}

const byKey = transformedMap((offset, accu, key, made) =>
  call(offset, 'cel.@mapInsert', accu, key, made),
)
const byEntry = transformedMap((offset, accu, _key, made) =>
  call(offset, 'cel.@mapInsert', accu, made),
)

/**
 * The value of an optional, under a name. A name is bound by a comprehension over nothing, whose accumulator is the
 * value; the optional itself is bound first, so that a chain of these macros stays as long as its text.
 */
function optional(flat: boolean): Macro {
  return ({ offset }, target, args) => {
    const name = variable(args[0])
    const held = ident(offset, heldOptional)
    const ask = (question: string): Expr => ({
      kind: 'call',
      offset,
      name: question,
      target: held,
      args: [],
    })
    const made = bind(offset, name, ask('value'), args[1]!)
    const some = flat ? made : call(offset, 'optional.of', made)
    const chosen = call(offset, '_?_:_', ask('hasValue'), some, call(offset, 'optional.none'))
    return bind(offset, heldOptional, target, chosen)
  }
}

const heldOptional = '@optional'

const bind = (offset: number, name: string, value: Expr, result: Expr): Expr => ({
  kind: 'comprehension',
  offset,
  iterVar: '@unused',
  range: list(offset),
  accuVar: name,
  init: value,
  condition: literal(offset, false),
  step: ident(offset, name),
  result,
})

const macros = new Map<string, Macro>([
  ['all/2', all(1)],
  ['exists/2', exists(1)],
  ['exists_one/2', existsOne(1)],
  ['existsOne/2', existsOne(1)],
  ['map/2', transformed(1)],
  ['map/3', transformed(1)],
  ['filter/2', filter],
  ['all/3', all(2)],
  ['exists/3', exists(2)],
  ['existsOne/3', existsOne(2)],
  ['transformList/3', transformed(2)],
  ['transformList/4', transformed(2)],
  ['transformMap/3', byKey],
  ['transformMap/4', byKey],
  ['transformMapEntry/3', byEntry],
  ['transformMapEntry/4', byEntry],
  ['optMap/2', optional(false)],
  ['optFlatMap/2', optional(true)],
])
