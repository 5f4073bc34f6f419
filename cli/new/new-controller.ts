/** `tiphys new controller NAME`: a project that runs, with its tests, in a directory that was not there before. */

import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { runInherited } from '../command.ts'
import { CommandError, type Context } from '../context.ts'
import { ticked } from '../steps.ts'
import { filledIn, kindFrom, type ProjectNames, packageJson, refusal } from './project.ts'

export interface NewFlags {
  /** Where the project goes; `./NAME` without it. */
  directory?: string
  group: string
  kind?: string
  /** Whether its packages are installed at once. */
  install: boolean
}

const template = join(import.meta.dirname, 'template')

/** Names that an archive of the template must not have, so that the template is no project itself. */
const hidden: Record<string, string> = { dockerignore: '.dockerignore', gitignore: '.gitignore' }

export async function newController(
  context: Context,
  name: string,
  flags: NewFlags,
): Promise<number> {
  const names = { name, group: flags.group, kind: flags.kind ?? kindFrom(name) }
  const wrong = refusal(names)
  if (wrong) throw new CommandError(wrong)
  const directory = resolve(flags.directory ?? name)
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new CommandError(`${directory} is not empty`, ['name another with --directory'])
  const steps = ticked(context)
  const archive = await steps.step('pack the framework', () => framework(join(directory, 'vendor')))
  await steps.step(`write ${directory}`, async () => write(context, directory, names, archive))
  if (flags.install) await steps.step('npm install', () => npm(context, directory, ['install']))
  steps.note(`Next: cd ${directory} && ${flags.install ? '' : 'npm install && '}npm test`)
  return 0
}

/** The package as `npm run build` makes it, kept in the project: it comes from no registry. */
async function framework(directory: string): Promise<string> {
  const { packPackage } = await import('../../package/build.ts')
  const made = mkdtempSync(join(tmpdir(), 'tiphys-new-'))
  try {
    const { archive } = await packPackage(made)
    mkdirSync(directory, { recursive: true })
    copyFileSync(archive.file, join(directory, basename(archive.file)))
    return `vendor/${basename(archive.file)}`
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

function write(context: Context, directory: string, names: ProjectNames, archive: string): void {
  for (const file of globSync('**/*', { cwd: template })) {
    const source = join(template, file)
    if (!statSync(source).isFile()) continue
    const target = join(directory, dirname(file), hidden[basename(file)] ?? basename(file))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, filledIn(readFileSync(source, 'utf8'), names))
  }
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(context.root, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  const versions = { ...dependencies, ...devDependencies }
  writeFileSync(join(directory, 'package.json'), packageJson(names, archive, versions))
}

async function npm(context: Context, cwd: string, args: string[]): Promise<void> {
  const flags = ['--no-audit', '--no-fund', '--prefer-offline']
  const code = await runInherited('npm', [...args, ...flags], { cwd, env: context.env })
  if (code !== 0)
    throw new CommandError(`npm ${args.join(' ')} ended with ${code}`, [`cd ${cwd} && npm install`])
}
