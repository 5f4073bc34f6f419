import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { run } from '../command.ts'
import type { ProxyModel, ServicePort } from './model.ts'
import { type RulesetOptions, ruleset } from './ruleset.ts'
import { Table } from './table.ts'

const options: RulesetOptions = {
  table: 'tiphys-test',
  bridge: 'br0',
  clusterCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  podCidr: '10.244.0.0/24',
  nodeAddresses: ['10.244.0.1', '127.0.0.1'],
  localServices: ['10.96.0.10'],
  masqueradePods: false,
}

const port = (change: Partial<ServicePort> = {}): ServicePort => ({
  id: 'default/web:http',
  protocol: 'tcp',
  address: '10.96.0.20',
  port: 80,
  nodePort: 30080,
  affinitySeconds: 0,
  clusterEndpoints: [{ address: '10.244.0.2', port: 8080 }],
  nodeEndpoints: [{ address: '10.244.0.2', port: 8080 }],
  preserveClient: false,
  ...change,
})

const model = (...services: ServicePort[]): ProxyModel => ({ services, hostPorts: [] })

describe('the table of the service proxy', () => {
  it('changes only what differs, and nothing for the same model', async () => {
    const scripts: string[] = []
    const table = new Table('t', async (_args, script) => {
      scripts.push(script ?? '')
      return ''
    })
    await table.apply(ruleset(model(port()), options))
    await table.apply(ruleset(model(port()), options))
    assert.equal(scripts.length, 1)
    assert.match(scripts[0] ?? '', /^add table inet t\ndelete table inet t\nadd table inet t\n/)
    const moved = { clusterEndpoints: [{ address: '10.244.0.3', port: 8080 }] }
    await table.apply(ruleset(model(port(moved)), options))
    assert.equal(scripts.length, 2)
    assert.doesNotMatch(scripts[1] ?? '', /delete table|prerouting/)
  })

  it('is built anew after a failure and after somebody removed it', async () => {
    let fail = true
    const scripts: string[] = []
    const table = new Table('t', async (args, script) => {
      if (args[0] === 'list') return 'table inet other\n'
      if (fail) throw new Error('busy')
      scripts.push(script ?? '')
      return ''
    })
    await assert.rejects(table.apply(ruleset(model(), options)), /busy/)
    fail = false
    await table.apply(ruleset(model(), options))
    assert.equal(await table.verify(), false)
    await table.apply(ruleset(model(), options))
    assert.equal(scripts.filter((script) => script.startsWith('add table')).length, 2)
  })
})

/** Three network namespaces of our own: a node with a bridge, and two pods. */
class Lab {
  readonly #id = `tlab${process.pid}`
  readonly #servers: ChildProcess[] = []

  ns(name: string): string {
    return `${this.#id}-${name}`
  }

  async inside(name: string, program: string, args: string[], input?: string): Promise<string> {
    return run('ip', ['netns', 'exec', this.ns(name), program, ...args], input)
  }

  async make(): Promise<void> {
    await run('ip', ['netns', 'add', this.ns('node')])
    await this.inside('node', 'sh', [
      '-c',
      `ip link set lo up; ip link add br0 type bridge; ip link set br0 up
       ip address add 10.244.0.1/24 dev br0; ip address add 10.96.0.10/32 dev br0
       ip route add 10.96.0.0/16 dev br0 src 10.244.0.1
       echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/conf/br0/route_localnet
       echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables`,
    ])
    for (const [pod, address] of [
      ['a', '10.244.0.2'],
      ['b', '10.244.0.3'],
    ] as const) {
      await run('ip', ['netns', 'add', this.ns(pod)])
      await this.inside('node', 'sh', [
        '-c',
        `ip link add v${pod} type veth peer name eth0 netns ${this.ns(pod)}
         ip link set v${pod} master br0 up; ip link set v${pod} type bridge_slave hairpin on`,
      ])
      await this.inside(pod, 'sh', [
        '-c',
        `ip link set lo up; ip link set eth0 up; ip address add ${address}/24 dev eth0
         ip route add default via 10.244.0.1`,
      ])
      await this.serve(pod)
    }
  }

  /** Answers each connection on 8080 with the pod's name and the client's address. */
  async serve(pod: string): Promise<void> {
    const code = `require('node:net').createServer((s) => s.end('${pod} ' + s.remoteAddress))
      .listen(8080, '0.0.0.0', () => console.log('ready'))`
    const child = spawn('ip', ['netns', 'exec', this.ns(pod), process.execPath, '-e', code])
    this.#servers.push(child)
    if (child.stdout) await once(child.stdout, 'data')
  }

  /** What a connection made inside a namespace is answered, or the code of its error. */
  async dial(from: string, address: string, to: number): Promise<string> {
    const code = `const s = require('node:net').connect(${to}, '${address}')
      s.on('data', (d) => process.stdout.write(d)); s.on('error', (e) => process.stdout.write(e.code))
      s.setTimeout(3000, () => { process.stdout.write('TIMEOUT'); s.destroy() })`
    return this.inside(from, process.execPath, ['-e', code])
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) {
      server.kill('SIGKILL')
      await once(server, 'exit')
    }
    for (const name of ['a', 'b', 'node']) await run('ip', ['netns', 'delete', this.ns(name)])
  }
}

const missing = (() => {
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/usr/sbin/nft') && !existsSync('/sbin/nft')) return 'needs nftables'
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'needs iproute2'
  }
})()

describe(`service traffic through the kernel${missing ? ` (skipped: ${missing})` : ''}`, function () {
  this.timeout(30_000)
  const lab = new Lab()
  let table: Table
  const use = (...services: ServicePort[]) => table.apply(ruleset(model(...services), options))
  const both = [
    { address: '10.244.0.2', port: 8080 },
    { address: '10.244.0.3', port: 8080 },
  ]

  before(async function () {
    if (missing) return this.skip()
    await lab.make()
    table = new Table('tiphys-test', (args, script) => lab.inside('node', 'nft', args, script))
  })
  after(async () => {
    if (!missing) await lab.remove()
  })

  it('reaches an endpoint from the node, from another pod and from the pod itself', async () => {
    await use(port())
    assert.equal(await lab.dial('node', '10.96.0.20', 80), 'a 10.244.0.1')
    assert.equal(await lab.dial('b', '10.96.0.20', 80), 'a 10.244.0.3')
    assert.equal(await lab.dial('a', '10.96.0.20', 80), 'a 10.244.0.1')
  })

  it('answers on the node port of the node and of loopback', async () => {
    await use(port())
    assert.match(await lab.dial('node', '10.244.0.1', 30080), /^a /)
    assert.match(await lab.dial('node', '127.0.0.1', 30080), /^a /)
    assert.match(await lab.dial('b', '10.244.0.1', 30080), /^a /)
  })

  it('refuses at once what no service or no endpoint answers', async () => {
    await use(port({ clusterEndpoints: [], nodeEndpoints: [] }))
    assert.equal(await lab.dial('node', '10.96.0.20', 80), 'ECONNREFUSED')
    assert.equal(await lab.dial('node', '10.96.77.77', 80), 'ECONNREFUSED')
    assert.equal(await lab.dial('b', '10.96.77.77', 80), 'ECONNREFUSED')
    assert.equal(await lab.dial('node', '127.0.0.1', 30080), 'ECONNREFUSED')
    assert.equal(await lab.dial('b', '10.244.0.1', 30080), 'ECONNREFUSED')
  })

  it('spreads connections over all endpoints', async () => {
    await use(port({ clusterEndpoints: both }))
    const answers = new Set<string>()
    for (let tries = 0; tries < 60 && answers.size < 2; tries++)
      answers.add((await lab.dial('node', '10.96.0.20', 80)).slice(0, 1))
    assert.deepEqual([...answers].sort(), ['a', 'b'])
  })

  it('keeps a client with its endpoint under session affinity, other changes notwithstanding', async () => {
    const sticky = port({ clusterEndpoints: both, affinitySeconds: 100 })
    await use(sticky)
    const first = await lab.dial('node', '10.96.0.20', 80)
    for (let tries = 0; tries < 8; tries++) {
      await use(sticky, port({ id: `other:${tries}`, address: '10.96.0.30', nodePort: undefined }))
      assert.equal(await lab.dial('node', '10.96.0.20', 80), first)
    }
  })

  it('lets no pod reach what listens on the loopback of the node', async () => {
    await use(port())
    await lab.inside('b', 'sh', ['-c', 'ip route add 127.0.0.5/32 via 10.244.0.1 dev eth0 || true'])
    assert.notEqual((await lab.dial('b', '127.0.0.1', 30080)).slice(0, 2), 'a ')
  })

  it('maps a host port to its pod', async () => {
    const hostPorts = [
      {
        id: 'p',
        protocol: 'tcp' as const,
        hostIP: '',
        port: 9090,
        endpoint: { address: '10.244.0.3', port: 8080 },
      },
    ]
    await table.apply(ruleset({ services: [], hostPorts }, options))
    assert.match(await lab.dial('node', '10.244.0.1', 9090), /^b /)
  })

  it('keeps service addresses on the machine even without any rule', async () => {
    await table.remove()
    const route = await lab.inside('node', 'ip', ['route', 'get', '10.96.5.5'])
    assert.match(route, /dev br0/)
  })
})
