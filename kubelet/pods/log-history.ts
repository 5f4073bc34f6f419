/**
 * What dead containers and pods wrote, kept for a while after they are gone: a day, or as much as the node should have to
 * hold, whichever is less; the oldest goes first. Files are moved aside, never copied, into a directory beside those of
 * the living pods; their names say since when, so that the rule outlives the agent. Refuses to keep anything but regular
 * files: log directories may be writable by pods.
 */

import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { every } from '../../ports/every.ts'
import { logFileIn, logOrder, pastLogFileIn, pastName } from './log-files.ts'

export interface LogHistoryLimits {
  /** Milliseconds; a day unless told. */
  ageMs?: number
  /** 256 MiB unless told. */
  bytes?: number
}

export interface LogHistoryOptions {
  /** Holds a directory a pod. */
  podLogDir: string
  clock: Clock
  limits?: LogHistoryLimits
  onError(error: unknown): void
}

/** Whose log. */
export interface LoggedContainer {
  namespace: string
  pod: string
  uid: string
  container: string
}

interface Kept {
  at: number
  path: string
  bytes: number
}

/** The only entry of the log directory that belongs to no living pod. */
const pastDirectory = 'past'
const lookEvery = 60_000
/** What a small file takes. */
const blockBytes = 4_096

export class LogHistory {
  readonly #podLogDir: string
  readonly #clock: Clock
  readonly #ageMs: number
  readonly #bytes: number
  readonly #onError: (error: unknown) => void
  /** Oldest first. */
  #kept: Kept[] = []
  #keptBytes = 0
  /** Of moves and removals: one after the other. */
  #work: Promise<void> = Promise.resolve()
  #cancel: Cancel = () => {}

  constructor({ podLogDir, clock, limits = {}, onError }: LogHistoryOptions) {
    const { ageMs = 86_400_000, bytes = 256 * 2 ** 20 } = limits
    this.#podLogDir = podLogDir
    this.#clock = clock
    this.#ageMs = ageMs
    this.#bytes = bytes
    this.#onError = onError
  }

  /** Finds what was kept before, and forgets from now on. */
  async start(): Promise<void> {
    await this.#inTurn(async () => {
      for (const pod of await names(this.#past()))
        for (const container of await names(this.#past(pod)))
          for (const name of await names(this.#past(pod, container))) {
            const file = pastLogFileIn(name)
            if (file) await this.#count(file.at, this.#past(pod, container, name))
          }
      this.#kept.sort((a, b) => a.at - b.at)
      await this.#forget()
    })
    const look = () => this.#inTurn(() => this.#forget())
    this.#cancel = every(this.#clock, lookEvery, look, this.#onError)
  }

  /** What is kept stays, for the next agent. Resolves when nothing is moved or removed any more. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#work
  }

  /**
   * Moves aside what is in a pod's log directory: all of it, or the files of one instance of one container. What cannot
   * be moved stays; the caller removes it.
   */
  async keep(directory: string, instance?: { container: string; attempt: number }): Promise<void> {
    try {
      await this.#inTurn(async () => {
        const containers = instance
          ? [instance.container]
          : await names(join(this.#podLogDir, directory))
        for (const container of containers)
          await this.#move(directory, container, instance?.attempt)
        await this.#forget()
      })
    } catch (error) {
      // The pod has to go all the same.
      this.#onError(error)
    }
  }

  /** The files of all instances of a container that are still there, dead or alive, in the order they were written in. */
  async files({ namespace, pod, uid, container }: LoggedContainer): Promise<string[]> {
    if (![namespace, pod, uid, container].every(isName)) return []
    const directory = `${namespace}_${pod}_${uid}`
    const past = this.#past(directory, container)
    const living = join(this.#podLogDir, directory, container)
    const dead = (await names(past)).map(pastLogFileIn).filter((file) => file !== undefined)
    const own = await isOwnDirectory(living)
    const present = (own ? await names(living) : [])
      .map(logFileIn)
      .filter((file) => file !== undefined)
    return [
      ...dead.sort(logOrder).map(({ name }) => join(past, name)),
      ...present.sort(logOrder).map(({ name }) => join(living, name)),
    ]
  }

  #past(...path: string[]): string {
    return join(this.#podLogDir, pastDirectory, ...path)
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {}) // who asked for it hears of it
    return done
  }

  async #move(pod: string, container: string, attempt: number | undefined): Promise<void> {
    const from = join(this.#podLogDir, pod, container)
    // Behind a link are the files of somebody else.
    if (!(await isOwnDirectory(from))) return
    const at = this.#clock.now()
    for (const name of await names(from)) {
      const file = logFileIn(name)
      if (!file || (attempt !== undefined && file.attempt !== attempt)) continue
      const path = join(from, name)
      const stats = await lstat(path)
      if (!stats.isFile() || stats.size === 0) continue
      const aside = this.#past(pod, container, pastName(file, at))
      await mkdir(dirname(aside), { recursive: true, mode: 0o750 })
      await rename(path, aside)
      await this.#count(at, aside)
    }
  }

  async #count(at: number, path: string): Promise<void> {
    const { size } = await lstat(path)
    const bytes = Math.max(size, blockBytes)
    this.#kept.push({ at, path, bytes })
    this.#keptBytes += bytes
  }

  async #forget(): Promise<void> {
    const oldest = this.#clock.now() - this.#ageMs
    let count = 0
    for (const { at, bytes } of this.#kept) {
      if (at > oldest && this.#keptBytes <= this.#bytes) break
      this.#keptBytes -= bytes
      count++
    }
    for (const { path } of this.#kept.splice(0, count)) {
      await rm(path, { force: true })
      await removeEmpty(dirname(path))
      await removeEmpty(dirname(dirname(path)))
    }
  }
}

/** What a namespace, pod, uid or container can be called; nothing that leads out of a directory. */
const isName = (text: string): boolean => /^[0-9a-zA-Z][0-9a-zA-Z.-]*$/.test(text)

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** Of a container: neither it nor that of its pod is a link. */
const isOwnDirectory = async (path: string): Promise<boolean> =>
  (await isDirectory(dirname(path))) && (await isDirectory(path))

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error
  }
}
