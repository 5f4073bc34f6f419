/** The package's own manifest: its entries, and of the project's dependencies those that its modules import. */

import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'

export interface Manifest {
  name: string
  version: string
  description: string
  license: string
  type: 'module'
  engines: { node: string }
  sideEffects: boolean
  exports: Record<string, { types: string; default: string } | string>
  dependencies: Record<string, string>
}

/** What a newcomer imports, and the module behind it. */
export const entries: Readonly<Record<string, string>> = {
  '.': 'controllers/framework/index',
  './world': 'world/index',
}

interface Project {
  version: string
  description: string
  license: string
  dependencies: Record<string, string>
}

export function manifestFor(directory: string, project: Project): Manifest {
  return {
    name: 'tiphys',
    version: project.version,
    description: 'Controllers for Kubernetes in TypeScript, and the World to test them in.',
    license: project.license,
    type: 'module',
    engines: { node: '>=22.13' },
    sideEffects: false,
    exports: {
      ...Object.fromEntries(
        Object.entries(entries).map(([name, path]) => [
          name,
          { types: `./${path}.d.ts`, default: `./${path}.js` },
        ]),
      ),
      './package.json': './package.json',
    },
    dependencies: dependenciesOf(directory, project.dependencies),
  }
}

const builtIn = new Set(builtinModules)

/** @throws Error for a package that is imported and not a dependency of the project */
function dependenciesOf(directory: string, known: Record<string, string>): Record<string, string> {
  const names = new Set<string>()
  for (const file of globSync('**/*.js', { cwd: directory }))
    for (const name of packagesIn(readFileSync(join(directory, file), 'utf8'))) names.add(name)
  const missing = [...names].filter((name) => !Object.hasOwn(known, name))
  if (missing.length > 0)
    throw new Error(
      `the package imports ${missing.join(', ')}, which are not dependencies of the project`,
    )
  return Object.fromEntries([...names].sort().map((name) => [name, `^${known[name]}`]))
}

/** As they are written in an import: `@scope/name` or `name`, without the path behind it. */
export function packagesIn(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const imports =
    /^(?:import|export)\s(?:[^'"();]*?\sfrom\s)?['"]([^'".][^'"]*)['"]|\bimport\(\s*['"]([^'".][^'"]*)['"]\s*\)/gm
  return [...code.matchAll(imports)]
    .map(([, plain, dynamic]) => plain ?? dynamic ?? '')
    .filter((name) => !name.startsWith('node:') && !builtIn.has(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0])
}
