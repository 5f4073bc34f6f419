/** The blocks of the tutorial: files of the project that it makes, commands, and what these are to print. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Block =
  /** Goes into a file of the project. */
  | { type: 'file'; path: string; text: string }
  /** Is run by a shell; a second one where it goes on in the background. */
  | { type: 'run'; script: string; background: boolean }
  /** The words of each line stand in the output of the commands before, in this order. */
  | { type: 'output'; lines: string[] }

export function tutorial(): Block[] {
  const text = readFileSync(join(import.meta.dirname, '../docs/tutorial.md'), 'utf8')
  return [...text.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(blockOf)
}

function blockOf([, language = '', about = '', text = '']: RegExpMatchArray): Block {
  switch (language) {
    case 'ts':
    case 'yaml':
      return { type: 'file', path: about, text }
    case 'sh':
      return { type: 'run', script: text, background: about === 'background' }
    case 'text':
      return { type: 'output', lines: text.trim().split('\n') }
    default:
      throw new Error(`nobody knows what to do with a block of ${language}`)
  }
}
