/** For tests of the node's server: one that runs, a pod to talk to, and clients that may. */

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { createAuthority, type KeyPair } from '../../apiserver/auth/certificates.ts'
import { systemClock } from '../../ports/system-clock.ts'
import type { FoundPod } from '../pods/pod-lookup.ts'
import { type ContainerdProcess, startContainerd } from '../runtime/cri/containerd-process.ts'
import { criRuntime } from '../runtime/cri/cri-runtime.ts'
import { busyboxImage, importTestImages, pauseImage } from '../runtime/cri/test-images.ts'
import type { Runtime, SandboxConfig, SecurityOptions } from '../runtime/runtime.ts'
import { type RunningServer, startServer } from './server.ts'

/** Why there can be none here. */
export const missing = (() => {
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/usr/bin/containerd')) return 'needs containerd'
  return existsSync('/usr/bin/busybox') ? undefined : 'needs busybox-static'
})()

const security: SecurityOptions = {
  supplementalGroups: [],
  addCapabilities: [],
  dropCapabilities: [],
  seccomp: 'Unconfined',
}

const sandboxConfig = (directory: string): SandboxConfig => ({
  pod: { namespace: 'default', name: 'shell', uid: 'u-1' },
  attempt: 0,
  hostname: '',
  logDirectory: join(directory, 'logs'),
  portMappings: [],
  labels: {},
  annotations: {},
  hostNetwork: true,
  hostPID: false,
  hostIPC: false,
  shareProcessNamespace: false,
  cgroupParent: `/tiphys-server-test-${process.pid}`,
  sysctls: {},
  security,
})

/** One real pod in a real containerd, behind the node's server. */
export class Lab {
  directory = ''
  containerd!: ContainerdProcess
  runtime!: Runtime
  server!: RunningServer
  client!: KeyPair
  ca = ''
  #sandbox = ''
  #container = ''

  async start(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'tiphys-server-'))
    const clock = systemClock
    this.containerd = await startContainerd({
      directory: this.directory,
      sandboxImage: pauseImage,
      clock,
    })
    importTestImages(this.containerd)
    this.runtime = criRuntime({ endpoint: this.containerd.address, clock })
    const config = sandboxConfig(this.directory)
    this.#sandbox = await this.runtime.runSandbox(config)
    this.#container = await this.runtime.createContainer(
      this.#sandbox,
      {
        name: 'main',
        attempt: 0,
        image: busyboxImage,
        command: ['sh', '-c', 'echo begun; exec cat'],
        args: [],
        workingDir: '',
        env: [],
        mounts: [],
        labels: {},
        annotations: {},
        logPath: 'main/0.log',
        stdin: true,
        stdinOnce: false,
        tty: false,
        resources: { cpuPeriod: 0, cpuQuota: 0, cpuShares: 2, memoryLimit: 0, oomScoreAdj: 1000 },
        security,
      },
      config,
    )
    await this.runtime.startContainer(this.#container)
    await this.#serve()
  }

  async #serve(): Promise<void> {
    const authority = await createAuthority({ commonName: 'test', clock: systemClock })
    const serving = await authority.issue({
      commonName: 'system:node:n1',
      ipAddresses: ['127.0.0.1'],
      server: true,
    })
    this.client = await authority.issue({ commonName: 'api', client: true })
    this.ca = authority.certificate
    this.server = await startServer({
      address: '127.0.0.1',
      port: 0,
      tls: { cert: serving.certificate, key: serving.key, clientCa: this.ca },
      runtime: this.runtime,
      pods: { find: (_, name) => (name === 'shell' ? this.#found() : undefined), all: () => [] },
      clock: systemClock,
    })
  }

  #found(): FoundPod {
    const container = {
      name: 'main',
      id: this.#container,
      attempt: 0,
      state: 'running' as const,
      logPath: join(this.directory, 'logs/main/0.log'),
    }
    const pod = { metadata: { namespace: 'default', name: 'shell' } }
    return { pod, sandboxId: this.#sandbox, containers: [container], previous: [] }
  }

  async stop(): Promise<void> {
    await this.server?.close()
    if (this.#container) await this.runtime.removeContainer(this.#container)
    if (this.#sandbox) {
      await this.runtime.stopSandbox(this.#sandbox)
      await this.runtime.removeSandbox(this.#sandbox)
    }
    this.runtime?.close()
    await this.containerd?.stop()
    await rm(this.directory, { recursive: true })
  }

  socket(path: string, protocols: string[]): WebSocket {
    const { certificate: cert, key } = this.client
    const url = `wss://127.0.0.1:${this.server.port}${path}`
    return new WebSocket(url, protocols, { cert, key, ca: this.ca })
  }

  /** An upgrade by hand: the connection, or the code of the refusal. */
  upgrade(
    method: string,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ code: number; answer: IncomingMessage; socket?: Duplex; head?: Buffer }> {
    const { certificate: cert, key } = this.client
    const place = { host: '127.0.0.1', port: this.server.port, path, method }
    const all = { Connection: 'Upgrade', ...headers }
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...place, cert, key, ca: this.ca, headers: all, agent: false })
      outgoing.once('error', reject)
      outgoing.once('upgrade', (answer, socket, head) =>
        resolve({ code: 101, answer, socket, head }),
      )
      outgoing.once('response', (answer) => {
        answer.resume()
        resolve({ code: answer.statusCode ?? 0, answer })
      })
      outgoing.end()
    })
  }

  get(path: string, anonymous = false): Promise<{ code: number; text: string }> {
    const { certificate: cert, key } = this.client
    const tls = { ca: this.ca, ...(!anonymous && { cert, key }) }
    const place = { host: '127.0.0.1', port: this.server.port, path }
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...place, ...tls, agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ code: response.statusCode ?? 0, text }))
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
  }
}

export interface Talk {
  protocol: string
  /** What came on each channel. */
  text: Map<number, string>
  code: number
}

/** Collects what a command says until the server closes. */
export function talk(
  socket: WebSocket,
  onReady: (socket: WebSocket) => void = () => {},
): Promise<Talk> {
  const text = new Map<number, string>()
  let ready = false
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (message: Buffer) => {
      const base64 = socket.protocol.includes('base64')
      const channel = base64 ? Number(message.toString()[0]) : (message[0] ?? 0)
      const data = base64
        ? Buffer.from(message.toString().slice(1), 'base64').toString()
        : message.toString('utf8', 1)
      text.set(channel, (text.get(channel) ?? '') + data)
      if (!ready) onReady(socket)
      ready = true
    })
    socket.on('close', (code) => resolve({ protocol: socket.protocol, text, code }))
  })
}

export const command = (script: string, more = '') =>
  `/exec/default/shell/main?output=1&error=1${more}&command=sh&command=-c&command=${encodeURIComponent(script)}`
export const bytes = (channel: number, text: string) =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
