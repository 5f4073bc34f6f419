/** Facts about the machine and the person at it that several commands need. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Context } from './context.ts'
import type { Owner } from './kubeconfig.ts'

/** Who called, through sudo: owns the kubeconfig. */
export interface Caller {
  home: string
  owner: Owner | undefined
}

export function callerOf({ env, uid }: Pick<Context, 'env' | 'uid'>): Caller {
  const home = env.HOME ?? '/root'
  if (uid !== 0 || !env.SUDO_UID || env.SUDO_UID === '0') return { home, owner: undefined }
  const owner = { uid: Number(env.SUDO_UID), gid: Number(env.SUDO_GID ?? env.SUDO_UID) }
  return { home: homeOf(owner.uid) ?? home, owner }
}

function homeOf(uid: number): string | undefined {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => Number(fields[2]) === uid)
  return entry?.[5]
}

export async function portIsFree(port: number, address: string): Promise<boolean> {
  return (await listenOnce(port, address)) !== undefined
}

/** A loopback port nobody listens on just now. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0, '127.0.0.1')
  if (port === undefined) throw new Error('no free port on 127.0.0.1')
  return port
}

/** The port that could be listened on; `undefined` when it is taken. Other failures mean nothing about the port. */
function listenOnce(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else if (error.code === 'EADDRNOTAVAIL') resolve(port)
      else reject(error)
    })
    server.listen({ port, host, exclusive: true }, () => {
      const bound = server.address()
      server.close(() => resolve(bound && typeof bound === 'object' ? bound.port : port))
    })
  })
}

export type CgroupShape = 'v1' | 'v2' | 'hybrid' | 'none'

/** How the machine's control groups are mounted. */
export function cgroupShape(): CgroupShape {
  const mounts = cgroupMounts()
  const v2 = mounts.some(({ type }) => type === 'cgroup2')
  const v1 = mounts.some(({ type }) => type === 'cgroup')
  return v1 ? (v2 ? 'hybrid' : 'v1') : v2 ? 'v2' : 'none'
}

export interface Mount {
  point: string
  type: string
}

/** Every mount of this mount namespace, in order. */
export function mounts(): Mount[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ')
      const type = fields[fields.indexOf('-') + 1] ?? ''
      return { point: unescapeOctal(fields[4] ?? ''), type }
    })
}

export const cgroupMounts = (): Mount[] =>
  mounts().filter(({ type }) => type === 'cgroup' || type === 'cgroup2')

/** The kernel writes blanks in paths as `\040`. */
const unescapeOctal = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
