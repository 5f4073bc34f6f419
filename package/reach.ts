/**
 * What the package's entries lead to: the compiler writes every file it has seen, also those of which only types were
 * wanted, and nobody needs to have those.
 */

import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '')

/** Of one file: what it imports when it is loaded, and what only later, when that is needed. */
export function importsOf(text: string): { eager: string[]; lazy: string[] } {
  const code = withoutComments(text)
  const eager = [
    ...code.matchAll(/^\s*(?:import|export)\s(?:[^'"=;]*?\sfrom\s)?['"]([^'"]+)['"]/gm),
    ...code.matchAll(/^\s*\}\s*from\s+['"]([^'"]+)['"]/gm),
  ]
  const lazy = [...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)]
  const paths = (matches: RegExpMatchArray[]) => matches.map(([, path = '']) => path)
  return { eager: paths(eager), lazy: paths(lazy) }
}

export interface Reached {
  /** Paths in the directory. */
  files: Set<string>
  /** As they are written: `rxjs/internal/Observable`, `node:fs`. */
  packages: Set<string>
}

/** @param eagerly leaves out what is only loaded when it is needed */
export function reach(directory: string, entries: readonly string[], eagerly = false): Reached {
  const files = new Set<string>()
  const packages = new Set<string>()
  const open = [...entries]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue
    files.add(file)
    const { eager, lazy } = importsOf(readFileSync(join(directory, file), 'utf8'))
    for (const path of eagerly ? eager : [...eager, ...lazy])
      if (path.startsWith('.')) open.push(join(dirname(file), typed(file, path)))
      else packages.add(path)
  }
  return { files, packages }
}

/** Declarations name the modules that they declare. */
const typed = (file: string, path: string) =>
  file.endsWith('.d.ts') ? path.replace(/\.[jt]s$/, '.d.ts') : path

/** Removes modules and declarations that no entry leads to. @param entries without extension */
export function prune(directory: string, entries: readonly string[]): void {
  const kept = new Set(
    ['.js', '.d.ts'].flatMap((extension) => [
      ...reach(
        directory,
        entries.map((entry) => `${entry}${extension}`),
      ).files,
    ]),
  )
  for (const file of globSync('**/*.{js,d.ts}', { cwd: directory }))
    if (!kept.has(file)) rmSync(join(directory, file))
}
