/** What keys do. Single letters can be switched off (WCAG 2.1.4); keys with modifiers are the browser's. Pure. */

export type Action =
  | { do: 'step'; direction: 1 | -1; notable: boolean }
  | { do: 'speed'; direction: 1 | -1 }
  | { do: 'play' | 'mark' | 'live' | 'help' | 'undo' | 'table' }

export interface Key {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

/**
 * - `text`: letters are text there. `control`: space and Enter press it. `arrows`: it moves by arrows itself.
 * - `none`: nothing that wants keys has the focus.
 */
export type Focus = 'none' | 'text' | 'control' | 'arrows'

export function actionOf(key: Key, focus: Focus, letters: boolean): Action | undefined {
  if (key.ctrlKey || key.metaKey || key.altKey || focus === 'text') return undefined
  const moved = focus === 'arrows' ? undefined : moves(key)
  if (moved) return moved
  if (key.key === ' ') return focus === 'none' ? { do: 'play' } : undefined
  return letters ? byLetter(key.key) : undefined
}

function moves({ key, shiftKey }: Key): Action | undefined {
  if (key === 'ArrowLeft') return { do: 'step', direction: -1, notable: shiftKey }
  if (key === 'ArrowRight') return { do: 'step', direction: 1, notable: shiftKey }
  return undefined
}

function byLetter(key: string): Action | undefined {
  switch (key) {
    case 'm':
      return { do: 'mark' }
    case 'l':
    case 'L':
      return { do: 'live' }
    case 'u':
      return { do: 'undo' }
    case 't':
      return { do: 'table' }
    case '?':
      return { do: 'help' }
    case '+':
      return { do: 'speed', direction: 1 }
    case '-':
      return { do: 'speed', direction: -1 }
    default:
      return undefined
  }
}

/** What is written into the help. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ['← →', 'one revision back, on'],
  ['Shift ← →', 'to the last, the next notable one: a new template, a warning, a restart'],
  ['Home End', 'on the timeline: to where history begins, to now'],
  ['Space', 'play, pause'],
  ['+ −', 'play faster, slower'],
  ['m', 'mark this moment'],
  ['L', 'live'],
  ['u', 'undo, with what it would do'],
  ['t', 'the same as tables'],
  ['?', 'this help'],
]
