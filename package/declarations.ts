/**
 * Makes the declarations of the package stand by themselves: they name files as they are called after the build, and
 * carry the built-in kinds' interfaces along, because the package that publishes those weighs sixty megabytes.
 */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const client = '@kubernetes/client-node'
const kinds = 'api/kubernetes.d.ts'

/** @param clientDirectory where the published client is installed */
export function rewriteDeclarations(directory: string, clientDirectory: string): void {
  const wanted = new Set<string>()
  for (const file of globSync('**/*.d.ts', { cwd: directory })) {
    const path = join(directory, file)
    const text = readFileSync(path, 'utf8')
    if (text.includes(client))
      for (const [, name = ''] of text.matchAll(/\bk8s\.(\w+)/g)) wanted.add(name)
    writeFileSync(path, rewritten(text, file))
  }
  if (wanted.size === 0) throw new Error(`no declaration names an interface of ${client} any more`)
  writeFileSync(join(directory, kinds), interfaces(wanted, join(clientDirectory, 'dist')))
}

function rewritten(text: string, file: string): string {
  const own = relative(dirname(file), kinds.replace('.d.ts', '.js'))
  return text
    .replaceAll(/((?:from|import\()\s*['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2')
    .replaceAll(`'${client}'`, `'${own.startsWith('.') ? own : `./${own}`}'`)
}

/** All that are named and, in turn, all that these name. */
function interfaces(names: ReadonlySet<string>, published: string): string {
  const found = new Map<string, string>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    const text = sourceOf(name, published)
    found.set(name, interfaceOf(name, text))
    const body = found.get(name)!
    for (const [, imported = ''] of text.matchAll(/^import \{(.*)\} from/gm))
      open.push(
        ...imported
          .split(',')
          .map((one) => one.trim())
          .filter((one) => body.includes(one)),
      )
  }
  const sorted = [...found].sort(([one], [other]) => (one < other ? -1 : 1))
  return `/** The interfaces of Kubernetes' objects, from ${client} (Apache-2.0): types only. */\n${sorted.map(([, text]) => text).join('')}`
}

/** Most have a file of their own. */
function sourceOf(name: string, published: string): string {
  const own = join(published, 'gen/models', `${name}.d.ts`)
  return readFileSync(existsSync(own) ? own : join(published, 'types.d.ts'), 'utf8')
}

/** A model's class is data with a few statics; the data is the interface. */
function interfaceOf(name: string, text: string): string {
  const [alias] = new RegExp(`^export type ${name} = [^;]*;`, 'm').exec(text) ?? []
  if (alias) return `${alias}\n`
  const declaration = new RegExp(`^export declare class ${name}\\b[\\s\\S]*?^\\}\\n`, 'm')
  const [found] = declaration.exec(text) ?? []
  if (!found) throw new Error(`${client} has no ${name} any more, or writes it otherwise`)
  return found
    .replace('export declare class', 'export interface')
    .replaceAll(/^ {4}static [\s\S]*?;\n(?= {4}[^\s}]|\})/gm, '')
    .replaceAll(/^ {4}constructor\(\);\n/gm, '')
}
