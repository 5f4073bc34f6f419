/** What a terminal in raw mode sends, as names of keys. Pure. */

export type Key =
  | 'left'
  | 'right'
  | 'shift-left'
  | 'shift-right'
  | 'home'
  | 'end'
  | 'ctrl-c'
  | 'ctrl-z'
  /** A printable character stands for itself. */
  | (string & {})

/** Terminals differ: some send the second form after `ESC [ ? 1 h`, some number their keys. */
const sequences: ReadonlyMap<string, Key> = new Map([
  ['\x1b[D', 'left'],
  ['\x1bOD', 'left'],
  ['\x1b[C', 'right'],
  ['\x1bOC', 'right'],
  ['\x1b[1;2D', 'shift-left'],
  ['\x1b[d', 'shift-left'],
  ['\x1b[1;2C', 'shift-right'],
  ['\x1b[c', 'shift-right'],
  ['\x1b[H', 'home'],
  ['\x1bOH', 'home'],
  ['\x1b[1~', 'home'],
  ['\x1b[7~', 'home'],
  ['\x1b[F', 'end'],
  ['\x1bOF', 'end'],
  ['\x1b[4~', 'end'],
  ['\x1b[8~', 'end'],
  ['\x03', 'ctrl-c'],
  ['\x1a', 'ctrl-z'],
])

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys begin with them
const cutter = /\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|\x1b.|[\s\S]/g

/** What was typed fast comes at once; keys that have no name are left out. */
export function keysOf(data: string): Key[] {
  return [...data.matchAll(cutter)].flatMap(([text]) => {
    const named = sequences.get(text)
    if (named) return [named]
    return text.length === 1 && text >= ' ' && text !== '\x7f' ? [text] : []
  })
}
