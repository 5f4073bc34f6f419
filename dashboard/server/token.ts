/** The token of an instance's dashboard: made once, kept where only its owner can read it. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** 256 bits, in letters that URLs take as they are. */
export const newToken = (): string => randomBytes(32).toString('base64url')

const shape = /^[\w-]{43}$/

/** What is in the file, which is made where there is none; its directory has to be the owner's alone. */
export function tokenIn(path: string): string {
  const kept = readToken(path)
  if (kept) return kept
  const token = newToken()
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // One that is there keeps its mode, whatever is written into it.
  rmSync(path, { force: true })
  writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
  return token
}

/** `undefined` where there is none. */
export function readToken(path: string): string | undefined {
  try {
    const token = readFileSync(path, 'utf8').trim()
    return shape.test(token) ? token : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Where the page is opened. The fragment stays in the browser: it is in no request and in no log. */
export const addressOf = (port: number, token: string): string =>
  `http://127.0.0.1:${port}/#token=${token}`
