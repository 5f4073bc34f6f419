/** `tiphys image build` and `tiphys image load`: images for pods without a registry. */

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError, type Context } from './context.ts'
import {
  type Build,
  buildArchive,
  importArchive,
  normalizeReference,
  pin,
  retag,
} from './images.ts'
import { type Flags, loadSettings, locate, pathsOf, type Settings } from './settings.ts'
import { ticked } from './steps.ts'
import { accepts } from './wait.ts'

export async function imageBuild(
  context: Context,
  directory: string,
  flags: Flags & { tag: string; file?: string; buildArg?: string[] },
): Promise<number> {
  const settings = await runningInstance(context, flags)
  const reference = normalizeReference(flags.tag)
  const source = resolve(directory)
  if (!existsSync(source)) throw new CommandError(`there is no directory ${source}`)
  const buildArgs = Object.fromEntries((flags.buildArg ?? []).map(splitArgument))
  await buildAndImport(context, settings, {
    reference,
    context: source,
    file: flags.file,
    buildArgs,
  })
  ticked(context).note(`Pods can use it now: image: ${flags.tag}`)
  return 0
}

/** A base for images of controllers: this machine's own Node. */
export async function imageNode(context: Context, flags: Flags): Promise<number> {
  const settings = await runningInstance(context, flags)
  const { nodeImageName, withNodeContext } = await import('./node-image.ts')
  const reference = nodeImageName(process.version)
  await withNodeContext(context.node, (directory) =>
    buildAndImport(context, settings, { reference, context: directory }),
  )
  ticked(context).note(`Dockerfiles can begin with it now: FROM ${reference}`)
  return 0
}

async function buildAndImport(
  context: Context,
  settings: Settings,
  build: Omit<Build, 'path'>,
): Promise<void> {
  const { images } = pathsOf(settings)
  mkdirSync(images, { recursive: true, mode: 0o700 })
  const path = join(images, `build-${context.random.uuid()}.tar`)
  const steps = ticked(context)
  try {
    await steps.step(`build ${build.context}`, () => buildArchive(settings, { ...build, path }))
    await steps.step(`import ${build.reference}`, () => importPinned(settings, path))
  } finally {
    rmSync(path, { force: true })
  }
}

export async function imageLoad(context: Context, file: string, flags: Flags): Promise<number> {
  const settings = await runningInstance(context, flags)
  const path = resolve(file)
  if (!existsSync(path)) throw new CommandError(`there is no file ${path}`)
  const steps = ticked(context)
  const references = await steps.step(`import ${path}`, () => importPinned(settings, path))
  if (references.length === 0)
    throw new CommandError(`${path} holds no image with a name`, [
      'name it when it is saved: docker save NAME:TAG > FILE',
    ])
  for (const reference of references) steps.note(`Pods can use it now: image: ${reference}`)
  return 0
}

async function importPinned(settings: Settings, path: string): Promise<string[]> {
  const names = await importArchive(settings, path)
  const references = await Promise.all(names.map((name) => retag(settings, name)))
  for (const reference of references) await pin(settings, reference)
  return references
}

async function runningInstance(context: Context, flags: Flags): Promise<Settings> {
  const location = locate(context, flags)
  const settings = loadSettings(location)
  if (!settings) throw new CommandError(`there is no cluster in ${location.dataDir}`, ['npm start'])
  if (settings.runtime === 'simulated')
    throw new CommandError('this cluster simulates its node: it has every image there is')
  if (context.uid !== 0) throw new CommandError('this cluster was started by root', ['use sudo'])
  if (!(await accepts({ path: pathsOf(settings).containerdSocket })))
    throw new CommandError(`${settings.name} is not running`, ['npm start'])
  return settings
}

function splitArgument(argument: string): [string, string] {
  const at = argument.indexOf('=')
  if (at < 1) throw new CommandError(`--build-arg ${argument}: write KEY=VALUE`)
  return [argument.slice(0, at), argument.slice(at + 1)]
}
