/**
 * The reference page, from the doc comments of what the package exports. It reads the declarations that
 * the compiler writes, where every item stands by itself.
 */

import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { entries } from './manifest.ts'

interface Item {
  name: string
  /** The text of its doc comment, as Markdown. */
  doc: string
  /** What the compiler declares of it. */
  declaration: string
}

interface Page {
  /** What is imported: `tiphys`. */
  name: string
  /** The path of its entry's declarations. */
  entry: string
}

/** The package's own entries, in a directory that it was built into. */
export const pagesOf = (directory: string): Page[] =>
  Object.entries(entries).map(([path, file]) => ({
    name: `tiphys${path.slice(1)}`,
    entry: join(directory, `${file}.d.ts`),
  }))

/** Markdown, ending with a line break. @throws Error where an entry exports what is declared nowhere */
export function referenceOf(pages: readonly Page[]): string {
  const parts = pages.map(({ name, entry }) => {
    const all = [...exportsOf(entry).values()].sort((one, other) =>
      one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1,
    )
    const items = all.filter((item) => !isBuiltInKind(item))
    const text = `## \`${name}\`\n\n${contents(items)}\n\n${items.map(section).join('\n')}`
    return text + builtInKinds(all.filter(isBuiltInKind))
  })
  return `${head}\n${parts.join('\n')}`
}

const head = `# Reference

Every public item with what its author says of it. This page is made from the doc comments (\`npm run build\`); a
test holds them together.
`

/** Dozens of them, all alike: a value to address a kind by, and the type of its objects. */
const isBuiltInKind = ({ declaration }: Item) =>
  /^export declare const \w+: Kind</m.test(declaration)

const builtInKinds = (items: readonly Item[]) =>
  items.length === 0
    ? ''
    : `\n### Built-in kinds\n\nEach is a value to address the kind by, and under the same name the type of its objects:\n${items
        .map(({ name }) => `\`${name}\``)
        .join(', ')}.\n`

const anchor = (name: string) => name.toLowerCase()

const contents = (items: readonly Item[]) =>
  items.map(({ name }) => `[${name}](#${anchor(name)})`).join(' · ')

const section = ({ name, doc, declaration }: Item) =>
  `### ${name}\n\n${doc === '' ? '' : `${doc}\n\n`}\`\`\`ts\n${declaration}\n\`\`\`\n`

/** By name; what a value and a type share a name for is one item. */
function exportsOf(file: string): Map<string, Item> {
  const items = new Map<string, Item>()
  for (const item of itemsOf(file)) add(items, item)
  const text = readFileSync(file, 'utf8')
  for (const [, names, path = ''] of text.matchAll(
    /^export (?:type )?(?:\*|\{([^}]*)\}) from '(\.[^']+)'/gm,
  )) {
    const found = exportsOf(join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')))
    const wanted = names === undefined ? [...found.keys()] : names.split(',').map(exportedName)
    for (const name of wanted.filter((one) => one !== '')) {
      const item = found.get(name)
      if (!item)
        throw new Error(`${relative('.', file)} exports ${name}, which ${path} does not declare`)
      add(items, item)
    }
  }
  return items
}

const exportedName = (text: string) => text.trim().replace(/^type /, '')

function add(items: Map<string, Item>, item: Item): void {
  const known = items.get(item.name)
  if (!known) items.set(item.name, item)
  else if (known.declaration !== item.declaration)
    items.set(item.name, {
      name: item.name,
      doc: known.doc || item.doc,
      declaration: `${known.declaration}\n${item.declaration}`,
    })
}

/** What stands in a file of declarations itself, in its order. */
function itemsOf(file: string): Item[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  const items: Item[] = []
  let doc: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!
    if (line.startsWith('/**')) {
      const end = lines.findIndex((one, index) => index >= at && one.includes('*/'))
      doc = lines.slice(at, end + 1)
      at = end
      continue
    }
    const [, name] =
      /^export (?:declare )?(?:abstract )?(?:const|function|class|interface|type) (\w+)/.exec(
        line,
      ) ?? []
    if (name !== undefined) {
      const end = lines.findIndex((one, index) => index >= at && /^(?:\S.*)?[;}]$/.test(one))
      items.push({ name, doc: textOf(doc), declaration: lines.slice(at, end + 1).join('\n') })
      at = end
    }
    doc = []
  }
  return items
}

/** Without the stars; examples and code stay as they are, tags become sentences. */
const textOf = (doc: readonly string[]) =>
  doc
    .map((line) => line.replace(/^\s*\/?\*+\/? ?/, '').replace(/\s*\*\/$/, ''))
    .join('\n')
    .replaceAll(/^@param (\w+)\s+/gm, '- `$1`: ')
    .replaceAll(/^@returns\s+/gm, 'Returns: ')
    .replaceAll(/^@throws\s+/gm, 'Throws: ')
    .replaceAll(/^@example\s*/gm, '')
    .trim()
