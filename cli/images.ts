/**
 * Images without a registry: built with buildah from Dockerfiles, or read from archives, then imported into the
 * instance's own containerd under the name that pods use. The images Tiphys brings are built once and kept as archives.
 */

import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOrThrow } from './command.ts'
import { CommandError } from './context.ts'
import { staticBusybox } from './packages.ts'
import { pathsOf, type Settings } from './settings.ts'

type Instance = Pick<Settings, 'dataDir' | 'runDir'>

/** The sandbox of every pod; containerd never pulls it. */
export const pauseImage = 'docker.io/tiphys/pause:1'

interface OwnImage {
  reference: string
  /** Under `images/`. */
  context: string
  buildArgs: Record<string, string>
}

/** What every instance has without asking. */
export const ownImages: OwnImage[] = [
  { reference: pauseImage, context: 'pause', buildArgs: {} },
  { reference: 'docker.io/library/hello:v1', context: 'hello', buildArgs: { VERSION: 'v1' } },
  { reference: 'docker.io/library/hello:v2', context: 'hello', buildArgs: { VERSION: 'v2' } },
]

export interface Archive {
  reference: string
  path: string
}

/** Builds what is not in the cache yet; an archive's name holds the hash of all that went into it. */
export async function ownArchives(root: string, instance: Instance): Promise<Archive[]> {
  const busybox = staticBusybox()
  if (!busybox) throw new CommandError('busybox is not there or not static', ['tiphys doctor'])
  const directory = pathsOf(instance).images
  const archives: Archive[] = []
  for (const image of ownImages) {
    const source = join(root, 'images', image.context)
    const path = join(directory, `${hashOf(source, busybox, image)}.tar`)
    if (!existsSync(path)) await buildOwn(instance, image, source, busybox, path)
    archives.push({ reference: image.reference, path })
  }
  dropOldArchives(directory, archives)
  return archives
}

async function buildOwn(
  instance: Instance,
  image: OwnImage,
  source: string,
  busybox: string,
  path: string,
): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'tiphys-image-'))
  try {
    cpSync(source, context, { recursive: true })
    copyFileSync(busybox, join(context, 'busybox'))
    await buildArchive(instance, { ...image, context, path })
  } finally {
    rmSync(context, { recursive: true })
  }
}

export interface Build {
  reference: string
  /** The directory with the Dockerfile. */
  context: string
  /** Relative to the context; `Dockerfile` or `Containerfile` without it. */
  file?: string
  buildArgs?: Record<string, string>
  /** Where the archive goes. */
  path: string
}

/** Builds without a daemon, without user namespaces and without a registry unless the Dockerfile names one. */
export async function buildArchive(instance: Instance, build: Build): Promise<void> {
  const { images } = pathsOf(instance)
  mkdirSync(images, { recursive: true, mode: 0o700 })
  const policy = join(images, 'policy.json')
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}')
  const store = ['--root', join(images, 'store'), '--runroot', join(instance.runDir, 'buildah')]
  const buildah = (args: string[]) =>
    runOrThrow('buildah', [...store, '--storage-driver', 'vfs', ...args], {
      env: { HOME: images, TMPDIR: images, XDG_RUNTIME_DIR: instance.runDir },
    })
  const args = Object.entries(build.buildArgs ?? {}).map(
    ([key, value]) => `--build-arg=${key}=${value}`,
  )
  const file = build.file ? ['--file', join(build.context, build.file)] : []
  await buildah([
    'build',
    '--quiet',
    '--isolation=chroot',
    '--format=docker',
    `--signature-policy=${policy}`,
    ...args,
    ...file,
    '--tag',
    build.reference,
    build.context,
  ])
  const beside = `${build.path}.new`
  rmSync(beside, { force: true })
  const target = `docker-archive:${beside}:${build.reference}`
  await buildah(['push', '--quiet', `--signature-policy=${policy}`, build.reference, target])
  renameSync(beside, build.path)
}

/** Imports those that containerd does not have yet; says which it did. */
export async function importArchives(instance: Instance, archives: Archive[]): Promise<string[]> {
  const present = await runOrThrow('ctr', [...ctrArgs(instance), 'images', 'list'])
  const imported: string[] = []
  for (const { reference, path } of archives) {
    const mark = `tiphys/archive=${hashOfPath(path)}`
    const line = present.split('\n').find((text) => text.startsWith(`${reference} `))
    if (line?.includes(mark)) continue
    await importArchive(instance, path)
    await pin(instance, reference, [mark])
    imported.push(reference)
  }
  return imported
}

/** The references it brought. Content of other platforms may be missing from the archive. */
export async function importArchive(instance: Instance, path: string): Promise<string[]> {
  const output = await runOrThrow('ctr', [...ctrArgs(instance), 'images', 'import', path])
  return [...output.matchAll(/^unpacking (\S+) \(/gm)].map((match) => match[1] ?? '')
}

/** Gives an image that an archive names in short the full name that pods look for; returns that. */
export async function retag(instance: Instance, name: string): Promise<string> {
  const reference = normalizeReference(name)
  if (reference !== name)
    await runOrThrow('ctr', [...ctrArgs(instance), 'images', 'tag', '--force', name, reference])
  return reference
}

/** Tells image garbage collectors to leave it alone. */
export async function pin(instance: Instance, reference: string, labels: string[] = []) {
  const all = ['io.cri-containerd.pinned=pinned', ...labels]
  await runOrThrow('ctr', [...ctrArgs(instance), 'images', 'label', reference, ...all])
}

/** `hello:v1` as containerd and the kubelet write it: `docker.io/library/hello:v1`. */
export function normalizeReference(name: string): string {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const hasRegistry = /[.:]/.test(first) || first === 'localhost'
  const path = hasRegistry ? name : `docker.io/${slash < 0 ? `library/${name}` : name}`
  const hasTag = path.slice(path.lastIndexOf('/')).includes(':') || path.includes('@')
  const reference = hasTag ? path : `${path}:latest`
  if (
    !/^[a-zA-Z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[\w][\w.-]{0,127})?$/.test(reference)
  )
    throw new CommandError(`"${name}" is not an image name such as hello:v3`)
  return reference
}

const ctrArgs = (instance: Instance) => [
  '--address',
  pathsOf(instance).containerdSocket,
  '--namespace',
  'k8s.io',
]

function hashOf(source: string, busybox: string, image: OwnImage): string {
  const hash = createHash('sha256')
  const { size, mtimeMs } = statSync(busybox)
  hash.update(JSON.stringify([image.reference, image.buildArgs, size, mtimeMs]))
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true }).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  ))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name)
      hash.update(`\0${path.slice(source.length)}\0${statSync(path).mode}\0`)
      hash.update(readFileSync(path))
    }
  return hash.digest('hex').slice(0, 32)
}

const hashOfPath = (path: string) => /([0-9a-f]+)\.tar$/.exec(path)?.[1] ?? ''

function dropOldArchives(directory: string, kept: Archive[]): void {
  for (const file of readdirSync(directory))
    if (/^[0-9a-f]{32}\.tar$/.test(file) && !kept.some(({ path }) => path.endsWith(file)))
      rmSync(join(directory, file))
}
