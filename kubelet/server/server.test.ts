import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { createAuthority, type KeyPair } from '../../apiserver/auth/certificates.ts'
import { systemClock } from '../../ports/system-clock.ts'
import type { FoundPod } from '../pods/pod-lookup.ts'
import { type ContainerdProcess, startContainerd } from '../runtime/cri/containerd-process.ts'
import { criRuntime } from '../runtime/cri/cri-runtime.ts'
import { busyboxImage, importTestImages, pauseImage } from '../runtime/cri/test-images.ts'
import type { Runtime, SandboxConfig, SecurityOptions } from '../runtime/runtime.ts'
import { type RunningServer, startServer } from './server.ts'

const missing = (() => {
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
class Lab {
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
        command: ['sh', '-c', 'echo begun; exec sleep 1000'],
        args: [],
        workingDir: '',
        env: [],
        mounts: [],
        labels: {},
        annotations: {},
        logPath: 'main/0.log',
        stdin: false,
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

interface Talk {
  protocol: string
  /** What came on each channel. */
  text: Map<number, string>
  code: number
}

/** Collects what a command says until the server closes. */
function talk(socket: WebSocket, onReady: (socket: WebSocket) => void = () => {}): Promise<Talk> {
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

const command = (script: string, more = '') =>
  `/exec/default/shell/main?output=1&error=1${more}&command=sh&command=-c&command=${encodeURIComponent(script)}`
const bytes = (channel: number, text: string) =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(text)])

describe(`the node's server${missing ? ` (skipped: ${missing})` : ''}`, function () {
  this.timeout(60_000)
  const lab = new Lab()
  before(function () {
    return missing ? this.skip() : lab.start()
  })
  after(() => (missing ? undefined : lab.stop()))

  it('runs a command: both outputs apart, and how it ended', async () => {
    const socket = lab.socket(command('echo out; echo err >&2; exit 7'), ['v5.channel.k8s.io'])
    const { text, code } = await talk(socket)
    assert.equal(text.get(1), 'out\n')
    assert.equal(text.get(2), 'err\n')
    const status = JSON.parse(text.get(3) ?? '')
    assert.equal(status.reason, 'NonZeroExitCode')
    assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7' }])
    assert.equal(code, 1000)
  })

  it('takes input until its end, as v5 clients tell it', async () => {
    const { text } = await talk(
      lab.socket(command('cat; echo done', '&input=1'), ['v5.channel.k8s.io']),
      (socket) => {
        socket.send(bytes(0, 'given\n'))
        socket.send(Buffer.from([255, 0]))
      },
    )
    assert.equal(text.get(1), 'given\ndone\n')
    assert.equal(JSON.parse(text.get(3) ?? '').status, 'Success')
  })

  it('says nothing of success to clients before v4, and speaks base64 where asked', async () => {
    const plain = await talk(lab.socket(command('echo hi'), ['channel.k8s.io']))
    assert.equal(plain.text.get(1), 'hi\n')
    assert.equal(plain.text.get(3), undefined)
    const encoded = await talk(lab.socket(command('echo hi'), ['base64.channel.k8s.io']))
    assert.equal(encoded.protocol, 'base64.channel.k8s.io')
    assert.equal(encoded.text.get(1), 'hi\n')
  })

  it('gives a terminal of the size that was asked for', async () => {
    const tty = command('read line; stty size 2>/dev/null || echo none; test -t 0 && echo tty')
    const { text } = await talk(
      lab.socket(tty.replace('error=1', 'tty=1&input=1'), ['v5.channel.k8s.io']),
      (socket) => {
        socket.send(bytes(4, '{"Width":100,"Height":40}'))
        socket.send(bytes(0, '\n'))
      },
    )
    assert.match(text.get(1) ?? '', /tty/)
    assert.equal(text.get(2), undefined)
  })

  it('carries megabytes unharmed', async () => {
    const { text } = await talk(
      lab.socket(command('head -c 3000000 /dev/zero | tr "\\0" x'), ['v5.channel.k8s.io']),
    )
    assert.equal(text.get(1)?.length, 3_000_000)
  })

  it('takes input that the command leaves unread, and tells its end all the same', async () => {
    const { text } = await talk(
      lab.socket(command('exit 3', '&input=1'), ['v5.channel.k8s.io']),
      (socket) => {
        for (let n = 0; n < 8; n++) socket.send(Buffer.alloc(30_000))
        socket.send(Buffer.from([255, 0]))
      },
    )
    assert.equal(JSON.parse(text.get(3) ?? '').status, 'Failure')
  })

  it('gives the log', async () => {
    const { code, text } = await lab.get('/containerLogs/default/shell/main')
    assert.deepEqual({ code, text }, { code: 200, text: 'begun\n' })
    assert.equal((await lab.get('/containerLogs/default/shell/main?previous=true')).code, 400)
    assert.equal((await lab.get('/containerLogs/default/shell/main?tailLines=x')).code, 400)
    assert.equal((await lab.get('/containerLogs/default/nobody/main')).code, 404)
  })

  it('forwards a port over plain channels', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const { port } = echo.address() as { port: number }
    const socket = lab.socket(`/portForward/default/shell?ports=${port}`, ['v4.channel.k8s.io'])
    const received: Buffer[] = []
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (message: Buffer) => {
        received.push(message)
        if (received.length === 2) socket.send(bytes(0, 'there and back'))
        if (received.length === 3) resolve()
      })
    })
    socket.close()
    echo.close()
    const announced = Buffer.alloc(2)
    announced.writeUInt16LE(port)
    assert.deepEqual(received[0], Buffer.concat([Buffer.from([0]), announced]))
    assert.deepEqual(received[1], Buffer.concat([Buffer.from([1]), announced]))
    assert.equal(received[2]?.toString('utf8', 1), 'there and back')
  })

  it('tells nothing to those without a certificate, health aside', async () => {
    assert.equal((await lab.get('/healthz', true)).code, 200)
    assert.equal((await lab.get('/pods', true)).code, 401)
    assert.equal((await lab.get('/containerLogs/default/shell/main', true)).code, 401)
    assert.equal((await lab.get('/containerLogs/default/%2e%2e/main')).code, 404)
  })

  it('refuses an upgrade that leads nowhere with the reason', async () => {
    const socket = lab.socket('/exec/default/shell/absent?output=1&command=x', [
      'v5.channel.k8s.io',
    ])
    const [response] = await new Promise<[{ statusCode?: number }]>((resolve) => {
      socket.on('error', () => {})
      socket.on('unexpected-response', (_request, answer) => resolve([answer]))
    })
    assert.equal(response.statusCode, 404)
  })
})
