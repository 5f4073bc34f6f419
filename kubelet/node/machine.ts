/** What this machine is and has, read from the kernel. Reads only. */

import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import os from 'node:os'

export interface Machine {
  milliCpu: number
  memoryBytes: number
  /** Bytes of the file system that holds pods' directories. */
  storageBytes: number
  nodeInfo: {
    machineID: string
    systemUUID: string
    bootID: string
    kernelVersion: string
    osImage: string
    operatingSystem: string
    architecture: string
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    // Many of these files are missing in small systems and containers; their absence says nothing.
    return ''
  }
}

const architectures: Record<string, string> = { x64: 'amd64', arm: 'arm', arm64: 'arm64' }

/** Go's names, as images and node labels use them. */
export const architecture = (): string => architectures[os.arch()] ?? os.arch()

function osImage(): string {
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text('/etc/os-release'))
  return name?.[1] ?? os.type()
}

export async function machine(directory: string): Promise<Machine> {
  const disk = await statfs(directory)
  const machineID = text('/etc/machine-id')
  return {
    milliCpu: os.availableParallelism() * 1000,
    memoryBytes: os.totalmem(),
    storageBytes: disk.blocks * disk.bsize,
    nodeInfo: {
      machineID,
      systemUUID: text('/sys/class/dmi/id/product_uuid') || machineID,
      bootID: text('/proc/sys/kernel/random/boot_id'),
      kernelVersion: os.release(),
      osImage: osImage(),
      operatingSystem: 'linux',
      architecture: architecture(),
    },
  }
}

export interface Pressure {
  memory: boolean
  disk: boolean
  pids: boolean
}

const mebibyte = 2 ** 20
/** Below these a node takes no more pods. Nothing that runs is evicted for them. */
const least = { memoryBytes: 100 * mebibyte, diskBytes: 1024 * mebibyte, inodes: 0.01, pids: 0.05 }

export async function pressure(directory: string): Promise<Pressure> {
  const disk = await statfs(directory)
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(text('/proc/meminfo'))
  const most = Number(text('/proc/sys/kernel/pid_max')) || 32_768
  const tasks = Number(/\/(\d+)/.exec(text('/proc/loadavg'))?.[1] ?? 0)
  return {
    memory: available ? Number(available[1]) * 1024 < least.memoryBytes : false,
    disk:
      disk.bavail * disk.bsize < least.diskBytes ||
      (disk.files > 0 && disk.ffree < disk.files * least.inodes),
    pids: tasks > most * (1 - least.pids),
  }
}

/** The address of the interface that leads out, or loopback. */
export function defaultAddress(): string {
  const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? [])
  const outer = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
  return outer?.address ?? '127.0.0.1'
}
