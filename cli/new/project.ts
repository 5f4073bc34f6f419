/**
 * A new controller's project from the template beside this, which is itself a controller that this project's tests run:
 * only names change, and where the framework is imported from.
 */

import { pluralOf } from '../../controllers/framework/kind-names.ts'

export interface ProjectNames {
  /** A DNS label, which names the project, its image and its Deployment. */
  name: string
  /** The API group of its kind. */
  group: string
  /** The kind, UpperCamelCase. */
  kind: string
}

/** What is wrong with a name, or `undefined`. */
export function refusal({ name, group, kind }: ProjectNames): string | undefined {
  if (!/^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/.test(name))
    return `"${name}" is no name for a project: lower-case letters, digits and "-", at most 50, a letter first`
  if (
    group.length > 200 ||
    !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(group)
  )
    return `"${group}" is no API group: a domain of yours, such as shop.example.com`
  if (/(^|\.)(k8s|kubernetes)\.io$/.test(group))
    return `the API group "${group}" belongs to Kubernetes: take a domain of yours, such as shop.example.com`
  if (!/^[A-Z][A-Za-z0-9]{0,61}$/.test(kind))
    return `"${kind}" is no kind: letters and digits, an upper-case letter first, such as Website`
  if (taken.has(kind))
    return `"${kind}" is a name that the project's own files need: call the kind otherwise, with --kind`
  return undefined
}

/** What the template's files import, and what is global in them. */
const taken = new Set(['Applied', 'Deployment', 'Object', 'ObjectOf', 'World'])

/** `shop-window` makes `ShopWindow`. */
export const kindFrom = (name: string): string =>
  name
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

/** A file of this checkout that is written on the framework, as it imports that where the package is installed. */
export const importingPackage = (text: string): string =>
  text
    .replaceAll(/'(?:\.\.\/)+controllers\/framework\/index\.ts'/g, "'tiphys'")
    .replaceAll(/'(?:\.\.\/)+world\/index\.ts'/g, "'tiphys/world'")

/** The text of a template's file as it stands in the project. */
export function filledIn(text: string, { name, group, kind }: ProjectNames): string {
  const variable = kind.slice(0, 1).toLowerCase() + kind.slice(1)
  return importingPackage(text)
    .replaceAll('example.com', '\0group')
    .replaceAll(/\bexamples\b/g, '\0plural')
    .replaceAll(/name: 'example'|example(?=:v1\b|\.yaml\b)|^# example$/gm, (found) =>
      found.replace('example', '\0name'),
    )
    .replaceAll(/(?<=REGISTRY\/)example\b/g, '\0name')
    .replaceAll('Example', kind)
    .replaceAll('example', variable)
    .replaceAll('\0group', group)
    .replaceAll('\0plural', pluralOf(kind))
    .replaceAll('\0name', name)
}

/**
 * Its `package.json`.
 * @param archive the framework's package, relative to the project
 * @param versions by package: those that this project is tested with
 * @throws Error where one of them is missing
 */
export function packageJson(
  { name }: ProjectNames,
  archive: string,
  versions: Readonly<Record<string, string>>,
): string {
  const version = (dependency: string) => {
    const known = versions[dependency]
    if (known === undefined) throw new Error(`no version of ${dependency} is known`)
    return known
  }
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      start: 'node src/main.ts',
      // What was compiled once is loaded the next time.
      test: "tsc --noEmit && NODE_COMPILE_CACHE=node_modules/.cache/node mocha 'test/**/*.test.ts'",
      manifests: `node src/main.ts manifests --output=manifests/${name}.yaml`,
    },
    dependencies: { tiphys: `file:${archive}` },
    devDependencies: Object.fromEntries(
      ['@types/mocha', '@types/node', 'mocha', 'node', 'typescript'].map((one) => [
        one,
        version(one),
      ]),
    ),
    // The package `node` brings the Node that runs TypeScript as it is, whatever the machine has.
    allowScripts: { node: true, protobufjs: false },
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}
