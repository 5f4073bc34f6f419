/** YAML that is more than JSON: blocks, anchors, tags, several documents, keys that stand twice. */

import { stringify } from 'yaml'
import type { Chance } from './chance.ts'

const twists: ((text: string) => string)[] = [
  (text) => `---\n${text}`,
  (text) => `${text}---\n{}\n`,
  (text) => `%YAML 1.1\n---\n${text}`,
  (text) => `# a comment\n${text}...\n`,
  (text) => text.replace(/: (?=\S)/, ': &a '),
  (text) => `${text.replace(/: (?=\S)/, ': &a ')}again: *a\n`,
  (text) => `${text}again: *nobody\n`,
  (text) => `base: &base {a: b}\nmerged:\n  <<: *base\n${text}`,
  (text) => text.replace(/: (?=\S)/, ': !!str '),
  (text) => text.replace(/: (?=\S)/, ': !!binary '),
  (text) => text.replace(/: (?=\S)/, ': !own '),
  (text) => text.replace(/: .*$/m, ': |2-\n   text\n  less'),
  (text) => text.replace(/: .*$/m, ': >\n  folded\n  text\n'),
  (text) => text.replace('\n', '\n\t'),
  (text) => text + text,
  (text) => `? {a: b}\n: c\n${text}`,
  (text) => `? [a]\n: c\n${text}`,
  (text) => `${text}on: yes\n0x10: 010\n1.0: ~\n2026-01-01: .nan\n`,
  (text) => `\uFEFF${text}`,
  (text) => text.replace(/^/gm, '  '),
]

export function yamlText(chance: Chance, value: unknown): string {
  const text = stringify(value ?? null, {
    aliasDuplicateObjects: chance.of(0.5),
    defaultStringType: chance.pick(['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL']),
    lineWidth: chance.pick([0, 20, 80]),
    indent: chance.pick([1, 2, 8]),
  })
  return chance.of(0.4) ? chance.pick(twists)(text) : text
}
