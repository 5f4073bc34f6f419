/**
 * What may stand where the cursor is, from the commands as the command line has them. Prints what kubectl and our own shell
 * functions understand: candidates with descriptions, one a line, and last a directive. It never fails aloud.
 */

import type { Argument, Command, Option } from 'commander'
import type { Context } from '../context.ts'
import type { PlaceFlags } from '../rollout/place.ts'

/** Names that somebody has to be asked for. */
export interface NameQuestion {
  what: 'deployments' | 'objects' | 'versions' | 'namespaces' | 'contexts'
  /** What is typed of it so far. */
  typed: string
  /** Values of options that say which cluster. */
  place: PlaceFlags
  /** Arguments before it. */
  before: readonly string[]
}

export interface Candidate {
  text: string
  description?: string
}

/** @returns `partial`: no space after it, more is to come */
export type AskNames = (
  question: NameQuestion,
) => Promise<{ names: Candidate[]; partial?: boolean }>

/** Bits of the last line, as kubectl knows them. */
const directives = { files: 0, noSpace: 2, noFiles: 4, directories: 16 } as const

export interface Completion {
  candidates: Candidate[]
  directive: number
}

/** Writes the answer for `words`, of which the last is being typed (and may be empty). */
export async function complete(
  context: Pick<Context, 'out'>,
  program: Command,
  words: readonly string[],
  ask: AskNames,
): Promise<number> {
  const { candidates, directive } = await completionOf(program, words, ask)
  const lines = candidates.map(({ text, description }) =>
    description ? `${text}\t${description}` : text,
  )
  context.out.write(`${[...lines, `:${directive}`].join('\n')}\n`)
  return 0
}

export async function completionOf(
  program: Command,
  words: readonly string[],
  ask: AskNames,
): Promise<Completion> {
  const typed = words.at(-1) ?? ''
  const place = walk(program, words.slice(0, -1))
  const { command, pending, operands, plain } = place
  const question = { place: placeOf(place.values), before: operands }
  const [flag, value] = /^(--[\w-]+)=(.*)$/s.exec(typed)?.slice(1) ?? []
  const named = flag && !plain ? optionOf(command, flag) : undefined
  if (pending) return valuesFor(pending, typed, question, ask)
  if (named && value !== undefined) return valuesFor(named, value, question, ask)
  if (typed.startsWith('-') && !plain) return filtered(optionsOf(place), typed)
  const visible = command.createHelp().visibleCommands(command)
  if (visible.length > 0 && operands.length === 0)
    return filtered(
      visible
        .map((each) => ({ text: each.name(), description: each.description() }))
        .filter(({ text }) => text !== 'help'),
      typed,
    )
  const argument = argumentAt(command, operands.length)
  return argument ? valuesFor(argument, typed, question, ask) : nothing
}

const nothing: Completion = { candidates: [], directive: directives.noFiles }

const filtered = (candidates: Candidate[], typed: string): Completion => ({
  candidates: candidates.filter(({ text }) => text.startsWith(typed)),
  directive: directives.noFiles,
})

interface Place {
  command: Command
  /** Waits for its value. */
  pending: Option | undefined
  given: ReadonlySet<Option>
  values: ReadonlyMap<string, string>
  operands: string[]
  /** After `--`: what follows are no options. */
  plain: boolean
}

/** Through the words that are complete. */
function walk(program: Command, words: readonly string[]): Place {
  let command = program
  let pending: Option | undefined
  let plain = false
  const given = new Set<Option>()
  const values = new Map<string, string>()
  const operands: string[] = []
  for (const word of words) {
    if (pending) {
      values.set(pending.attributeName(), word)
      pending = undefined
      continue
    }
    if (word === '--' && !plain) plain = true
    else if (word.startsWith('-') && word !== '-' && !plain) {
      const [name = '', value] = word.split(/=(.*)/s)
      const option = optionOf(command, name)
      if (!option) continue
      given.add(option)
      if (value !== undefined) values.set(option.attributeName(), value)
      else if (option.required) pending = option
    } else {
      const next = operands.length === 0 && command.commands.find((each) => each.name() === word)
      if (next) command = next
      else operands.push(word)
    }
  }
  return { command, pending, given, values, operands, plain }
}

const optionOf = (command: Command, name: string): Option | undefined =>
  command.options.find(({ long, short }) => long === name || short === name)

const optionsOf = ({ command, given }: Place): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !given.has(option))
    .map(({ long, short, description }) => ({ text: long ?? short ?? '', description }))

/** The last argument of a command may stand for many. */
function argumentAt({ registeredArguments }: Command, index: number): Argument | undefined {
  const last = registeredArguments.at(-1)
  return registeredArguments[index] ?? (last?.variadic ? last : undefined)
}

const placeOf = (values: ReadonlyMap<string, string>): PlaceFlags =>
  Object.fromEntries(
    ['namespace', 'kubeconfig', 'context'].flatMap((name) => {
      const value = values.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** What is asked for by what an option or an argument is called. */
const questions: ReadonlyMap<string, NameQuestion['what']> = new Map([
  ['deployment', 'deployments'],
  ['object', 'objects'],
  ['version', 'versions'],
  ['from', 'versions'],
  ['to', 'versions'],
  ['namespace', 'namespaces'],
  ['context', 'contexts'],
])

async function valuesFor(
  wanted: Option | Argument,
  typed: string,
  question: Pick<NameQuestion, 'place' | 'before'>,
  ask: AskNames,
): Promise<Completion> {
  if (wanted.argChoices)
    return filtered(
      wanted.argChoices.map((text) => ({ text })),
      typed,
    )
  const kind = kindOf(wanted)
  if (kind === 'file' || kind === 'path') return { candidates: [], directive: directives.files }
  if (kind === 'directory') return { candidates: [], directive: directives.directories }
  const what = questions.get(kind)
  if (!what) return nothing
  const { names, partial } = await ask({ what, typed, ...question })
  const { candidates, directive } = filtered(names, typed)
  return { candidates, directive: directive | (partial ? directives.noSpace : 0) }
}

/** `deployment` of an argument, `file` of `--kubeconfig <file>`, but `context` of `--context <name>`. */
function kindOf(wanted: Option | Argument): string {
  if (!('flags' in wanted)) return wanted.name()
  const placeholder = /[<[]([\w-]+)/.exec(wanted.flags)?.[1] ?? ''
  return wanted.long === '--context' ? 'context' : placeholder
}
