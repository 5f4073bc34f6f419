/**
 * The supervisor's process: `node main.ts RUN_DIRECTORY`. Holds the lock that makes it the only one of its instance,
 * takes over what an earlier one has left, listens for commands, and ends everything on SIGTERM. When it is killed the
 * components run on; the next `up` starts another.
 */

import { spawn } from 'node:child_process'
import { chmodSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../../ports/system-clock.ts'
import { writeFileAtomically } from '../files.ts'
import { type ComponentSpec, Keeper, type Supervised } from './keeper.ts'
import { rotateIfLong } from './log-file.ts'
import { bootId, identify, isAlive, type ProcessIdentity, signal } from './process.ts'
import { supervisorServer } from './server.ts'

const rotateEveryMs = 5000

interface SavedState {
  bootId: string
  supervised: Supervised[]
}

function log(message: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), msg: message, ...fields })}\n`,
  )
}

function spawnComponent(
  spec: ComponentSpec,
  ended: (how: string) => void,
): ProcessIdentity | undefined {
  for (const path of spec.staleFiles) rmSync(path, { force: true })
  const output = openSync(spec.log, 'a', 0o600)
  try {
    const child = spawn(spec.program, spec.args, {
      // A session of its own: a signal to the supervisor's group or terminal does not reach it.
      detached: true,
      stdio: ['ignore', output, output],
      cwd: spec.cwd,
      env: spec.env,
    })
    child.on('error', (error) => ended(error.message))
    if (child.pid === undefined) return undefined
    child.on('exit', (code, name) => ended(name ? `signal ${name}` : `exit code ${code}`))
    return identify(child.pid) ?? { pid: child.pid, startTime: 0 }
  } finally {
    closeSync(output)
  }
}

/** An abstract socket: taken by at most one process, freed by the kernel however that process ends. */
function takeLock(runDirectory: string): Promise<boolean> {
  const lock = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    lock.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    lock.listen(`\0tiphys-supervisor ${runDirectory}`, () => resolve(true))
  })
}

function readState(path: string): Supervised[] {
  try {
    const state = JSON.parse(readFileSync(path, 'utf8')) as SavedState
    // After a reboot nothing runs and nothing is prepared: whoever starts us starts the rest in order.
    return state.bootId === bootId() ? state.supervised : []
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function main(runDirectory: string): Promise<void> {
  process.title = 'tiphys-supervisor'
  if (!(await takeLock(runDirectory))) return log('another supervisor is running', { runDirectory })
  const stateFile = join(runDirectory, 'supervised.json')
  const boot = bootId()
  const keeper = new Keeper({
    clock: systemClock,
    processes: {
      spawn: spawnComponent,
      isAlive,
      signal: (target, name) => void signal(target, name),
    },
    save(supervised) {
      try {
        writeFileAtomically(stateFile, JSON.stringify({ bootId: boot, supervised }))
      } catch (error) {
        // A full disk must not end the one who keeps everything else running.
        log('cannot save state', { error: (error as Error).message })
      }
    },
    log,
  })
  keeper.takeOver(readState(stateFile))

  const socket = join(runDirectory, 'supervisor.sock')
  const exit = () => {
    rmSync(socket, { force: true })
    process.exit(0)
  }
  const server = supervisorServer({
    keeper,
    onShutdown: exit,
  })
  rmSync(socket, { force: true })
  server.listen(socket, () => chmodSync(socket, 0o600))

  const logs = () => readState(stateFile).map(({ spec }) => spec.log)
  const rotate = () => {
    void Promise.all(logs().map((path) => rotateIfLong(path)))
      .catch((error: Error) => log('cannot rotate logs', { error: error.message }))
      .finally(() => systemClock.after(rotateEveryMs, rotate))
  }
  rotate()
  process.on('SIGHUP', () => log('SIGHUP: nothing to do'))
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => void keeper.stopAll().then(exit))
}

await main(process.argv[2] ?? '')
