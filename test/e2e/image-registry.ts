/**
 * A registry of a test's own: Debian's docker-registry on loopback, its data in a temporary directory, its notifications
 * where the test wants them. Images are built from nothing but a static busybox and pushed to it by buildah.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { runOrThrow } from '../../cli/command.ts'
import { freePort } from '../../cli/host.ts'
import { staticBusybox } from '../../cli/packages.ts'
import { ask } from './observe.ts'

export interface Listener {
  url: string
  token: string
}

export interface ImageRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /**
   * Builds `images/hello` and pushes it.
   * @param image without the host: `shop:live`
   * @param environment of the containers: `VERSION`, which it answers with, or `READY: 'never'`
   * @returns the digest it got
   */
  push(image: string, environment: Record<string, string>): Promise<string>
  /** Ends it and removes all of it. */
  end(): Promise<void>
}

const hello = join(import.meta.dirname, '..', '..', 'images', 'hello')

export async function startImageRegistry(listener: Listener): Promise<ImageRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'tiphys-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const config = join(directory, 'config.yml')
  writeFileSync(config, configuration(host, join(directory, 'data'), listener), { mode: 0o600 })
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  await listening(child, host)
  return {
    host,
    push: (image, environment) => push(directory, `${host}/${image}`, environment),
    async end() {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const configuration = (addr: string, rootdirectory: string, { url, token }: Listener): string =>
  stringify({
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory } },
    http: { addr },
    notifications: {
      endpoints: [
        {
          name: 'app',
          url,
          headers: { Authorization: [`Bearer ${token}`] },
          timeout: '2s',
          threshold: 3,
          backoff: '500ms',
          // To ask for a tag is a pull: what is told of each question is noise.
          ignore: { actions: ['pull'], mediatypes: ['application/octet-stream'] },
        },
      ],
    },
  })

/** Resolves when it answers; rejects with what it wrote when it ends instead. */
function listening(child: ChildProcess, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log = (log + chunk).slice(-20_000)
      if (/listening on/.test(log)) ask(`http://${host}/v2/`).then(() => resolve(), reject)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}:\n${log}`)))
  })
}

async function push(
  directory: string,
  reference: string,
  environment: Record<string, string>,
): Promise<string> {
  const context = mkdtempSync(join(directory, 'context-'))
  cpSync(hello, context, { recursive: true })
  copyFileSync(staticBusybox() ?? '/bin/busybox', join(context, 'busybox'))
  for (const [name, value] of Object.entries(environment))
    appendFileSync(join(context, 'Dockerfile'), `ENV ${name}=${value}\n`)
  const policy = join(directory, 'policy.json')
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}')
  const digestFile = join(context, 'digest')
  const buildah = buildahIn(directory)
  const signature = `--signature-policy=${policy}`
  const build = ['build', '--quiet', '--isolation=chroot', signature, `--tag=${reference}`]
  await buildah([...build, context])
  const push = ['push', '--quiet', '--tls-verify=false', `--digestfile=${digestFile}`, signature]
  await buildah([...push, reference, `docker://${reference}`])
  return readFileSync(digestFile, 'utf8').trim()
}

/** Over a store of its own, without a daemon and without user namespaces. */
function buildahIn(directory: string): (args: string[]) => Promise<string> {
  const [store, state] = [join(directory, 'store'), join(directory, 'state')]
  for (const each of [store, state]) mkdirSync(each, { recursive: true, mode: 0o700 })
  const place = ['--root', store, '--runroot', state, '--storage-driver', 'vfs']
  const env = { HOME: directory, TMPDIR: directory, XDG_RUNTIME_DIR: state }
  return (args) => runOrThrow('buildah', [...place, ...args], { env })
}
