/**
 * A private containerd as a child process: own configuration, root, state and socket. For tests and for whoever
 * supervises one. Stops only what it started; shims (and so containers) outlive it, by design.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, sleep } from '../../../ports/clock.ts'
import type { Runtime } from '../runtime.ts'
import { type ContainerdOptions, containerdConfig } from './containerd-config.ts'
import { probeContainerd } from './containerd-probe.ts'
import { criRuntime } from './cri-runtime.ts'

export interface ContainerdProcessOptions {
  /** Holds everything: configuration, root, state, socket, log. */
  directory: string
  sandboxImage: string
  cniConfDir?: string
  cniBinDir?: string
  clock: Clock
  logLevel?: ContainerdOptions['logLevel']
  /** Milliseconds until CRI must answer; 20 s unless told. */
  startTimeout?: number
}

export interface ContainerdProcess {
  address: string
  pid: number
  config: ContainerdOptions
  /** SIGKILL or SIGTERM, then waits for its end. Containers go on running. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Resolves when CRI answers; rejects with the end of containerd's log when it ends or takes too long. */
export async function startContainerd(
  options: ContainerdProcessOptions,
): Promise<ContainerdProcess> {
  const { directory } = options
  const config: ContainerdOptions = {
    root: join(directory, 'root'),
    state: join(directory, 'state'),
    address: join(directory, 'containerd.sock'),
    sandboxImage: options.sandboxImage,
    cniConfDir: options.cniConfDir ?? join(directory, 'cni'),
    cniBinDir: options.cniBinDir ?? '/usr/lib/cni',
    logLevel: options.logLevel,
    ...(await probeContainerd(directory)),
  }
  mkdirSync(config.cniConfDir, { recursive: true })
  const configFile = join(directory, 'config.toml')
  const logFile = join(directory, 'containerd.log')
  writeFileSync(configFile, containerdConfig(config))
  const log = openSync(logFile, 'a')
  const child = spawn('containerd', ['--config', configFile], {
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const stop: ContainerdProcess['stop'] = async (signal = 'SIGTERM') => {
    child.kill(signal)
    await ended
  }
  try {
    await untilAnswering(child, config.address, options)
  } catch (error) {
    await stop('SIGKILL')
    const tail = readFileSync(logFile, 'utf8').slice(-2000)
    throw new Error(`containerd did not start: ${(error as Error).message}\n${tail}`)
  }
  return { address: config.address, pid: child.pid ?? 0, config, stop }
}

async function untilAnswering(
  child: ChildProcess,
  address: string,
  { clock, startTimeout = 20_000 }: ContainerdProcessOptions,
): Promise<void> {
  const runtime: Runtime = criRuntime({ endpoint: address, clock })
  const start = clock.monotonic()
  try {
    for (;;) {
      try {
        await runtime.version()
        return
      } catch (error) {
        if (child.exitCode !== null || child.pid === undefined) throw new Error('it ended')
        if (clock.monotonic() - start > startTimeout) throw error
        if ((error as Error).message.includes('unknown service'))
          throw new Error('its CRI plugin did not load; see its log at level warn')
      }
      await sleep(clock, 25)
    }
  } finally {
    runtime.close()
  }
}
