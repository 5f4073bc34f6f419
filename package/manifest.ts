/** The package's own manifest: its entries, and of the project's dependencies those that its modules import. */

import { globSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { reach } from './reach.ts'

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
  const modules = globSync('**/*.js', { cwd: directory })
  const names = packagesOf(reach(directory, modules).packages)
  const missing = names.filter((name) => !Object.hasOwn(known, name))
  if (missing.length > 0)
    throw new Error(
      `the package imports ${missing.join(', ')}, which are not dependencies of the project`,
    )
  return Object.fromEntries(names.map((name) => [name, `^${known[name]}`]))
}

/** The packages that modules belong to, without Node's own: `@scope/name` or `name`, without the path behind it. */
export const packagesOf = (modules: Iterable<string>): string[] =>
  [
    ...new Set(
      [...modules]
        .filter((name) => !name.startsWith('node:') && !builtIn.has(name))
        .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]),
    ),
  ].sort()
