/**
 * A log in a file that is put aside when it is full: `audit.log` becomes `audit-2026-01-02T03-04-05.678.log`. How many
 * are kept, and for how long, is bounded; what is beyond is deleted.
 */

import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import type { LogTarget } from './writer.ts'

export interface RotationPorts {
  clock: Pick<Clock, 'now'>
  /** Hears of old files that could not be deleted. */
  report(error: unknown): void
}

export interface Rotation {
  /** Bytes of a file: a line that alone has more has a file of its own. */
  maximumBytes: number
  /** Files put aside that are kept; 0: all. */
  backups: number
  /** How old they may become; 0: as old as they like. */
  ageMs: number
}

export class RotatingFile implements LogTarget {
  readonly name: string
  readonly #rotation: Rotation
  readonly #ports: RotationPorts
  #file: FileHandle | undefined
  #size = 0
  #asideAt = 0

  constructor(path: string, rotation: Rotation, ports: RotationPorts) {
    this.name = path
    this.#rotation = rotation
    this.#ports = ports
  }

  /** Before anything is appended, to find out whether it can be. @throws what opening the file throws */
  async open(): Promise<void> {
    await mkdir(dirname(this.name), { recursive: true })
    await this.#opened()
  }

  async append(lines: Buffer): Promise<void> {
    let file = await this.#opened()
    if (this.#size > 0 && this.#size + lines.length > this.#rotation.maximumBytes) {
      await this.#putAside(file)
      file = await this.#opened()
    }
    try {
      await file.appendFile(lines)
    } catch (error) {
      // No half lines: the next one would be part of it. What cannot be cut either is opened again.
      await file.truncate(this.#size).catch(() => this.close())
      throw error
    }
    this.#size += lines.length
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #opened(): Promise<FileHandle> {
    if (!this.#file) {
      // It may hold what only administrators may read.
      const file = await open(this.name, 'a', 0o600)
      this.#size = (await file.stat()).size
      this.#file = file
    }
    return this.#file
  }

  async #putAside(file: FileHandle): Promise<void> {
    this.#file = undefined
    await file.close()
    this.#asideAt = Math.max(this.#ports.clock.now(), this.#asideAt + 1)
    const { dir, name, ext } = parse(this.name)
    const at = new Date(this.#asideAt).toISOString().slice(0, -1).replaceAll(':', '-')
    await rename(this.name, join(dir, `${name}-${at}${ext}`))
    await this.#deleteOld().catch(this.#ports.report)
  }

  async #deleteOld(): Promise<void> {
    const { backups, ageMs } = this.#rotation
    const { dir, name, ext } = parse(this.name)
    const old: { file: string; at: number }[] = []
    for (const file of await readdir(dir || '.')) {
      const at = timeOf(file, `${name}-`, ext)
      if (at !== undefined) old.push({ file, at })
    }
    old.sort((a, b) => b.at - a.at)
    const now = this.#ports.clock.now()
    for (const [index, { file, at }] of old.entries())
      if ((backups > 0 && index >= backups) || (ageMs > 0 && now - at > ageMs))
        await rm(join(dir, file), { force: true })
  }
}

/** When a file was put aside; `undefined` for others. */
function timeOf(file: string, prefix: string, suffix: string): number | undefined {
  if (!file.startsWith(prefix) || !file.endsWith(suffix)) return undefined
  const text = file.slice(prefix.length, file.length - suffix.length)
  const [, day, hour, minute, rest] =
    /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(text) ?? []
  if (day === undefined) return undefined
  const at = Date.parse(`${day}${hour}:${minute}:${rest}Z`)
  return Number.isNaN(at) ? undefined : at
}
