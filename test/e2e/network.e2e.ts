import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as dns from 'dns-packet'
import type { Container, EndpointSlice, Pod, PodSpec, Service } from '../../api/types.ts'
import { freePort } from '../../cli/host.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { History } from './history.ts'
import { podOf, shell } from './manifests.ts'
import { ask } from './observe.ts'

let cluster: TestCluster
let pods: History<Pod>
let slices: History<EndpointSlice>
const manifests: object[] = []

/** A web server that answers with its pod's name and the client's address. */
const web = (port: number, more: Partial<Container> = {}) =>
  shell(
    `mkdir -p /srv/cgi-bin
cat > /srv/cgi-bin/who <<'END'
#!/bin/sh
address=\${REMOTE_ADDR#\\[::ffff:}
printf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' "$HOSTNAME \${address%]}"
END
chmod +x /srv/cgi-bin/who
httpd -f -p ${port} -h /srv &
trap "kill $!; exit 0" TERM
wait $!`,
    {
      ports: [{ name: 'web', containerPort: port }],
      readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
      ...more,
    },
  )

function givenPod(name: string, app: string, spec: Partial<PodSpec> = {}, port = 8080): void {
  manifests.push(podOf(name, { containers: [web(port)], ...spec }, { labels: { app } }))
}

function givenService(name: string, spec: Service['spec'], more: Service['metadata'] = {}): void {
  manifests.push({ apiVersion: 'v1', kind: 'Service', metadata: { ...more, name }, spec })
}

const webPort = { name: 'web', port: 80, targetPort: 'web' }
const kubectl = (...args: string[]) => cluster.kubectl(args)
const ready = (name: string) =>
  pods.until(
    name,
    ({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ??
      false,
  )
const service = (name: string) => cluster.get<Service>(`service ${name}`)
const addressOf = async (name: string) => (await service(name)).spec?.clusterIP ?? ''
/** Resolves when so many endpoints of a service are ready. */
const served = (name: string, count: number) =>
  slices.seen(
    ({ metadata, endpoints }) =>
      metadata.labels?.['kubernetes.io/service-name'] === name &&
      endpoints?.filter(({ conditions }) => conditions?.ready).length === count,
  )
/** Runs in the pod `client`. */
const inside = (...command: string[]) => kubectl('exec', 'client', '--', ...command)
const attempt = (...command: string[]) => cluster.tryKubectl(['exec', 'client', '--', ...command])
const fetchInside = (url: string, pod = 'client') =>
  kubectl('exec', pod, '--', 'timeout', '10', 'wget', '-q', '-O', '-', url)
const who = (host: string, port: number | string = 80) => ask(`http://${host}:${port}/cgi-bin/who`)
const podName = (answer: string) => answer.trim().split(' ')[0] ?? ''

async function refused(url: string): Promise<void> {
  const begun = performance.now()
  await assert.rejects(ask(url), (error: Error) => {
    assert.match(String((error.cause as Error | undefined)?.message), /ECONNREFUSED/)
    return true
  })
  assert.ok(performance.now() - begun < 2000)
}

describe('the network of a cluster', () => {
  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    pods = new History<Pod>(cluster, 'pods')
    slices = new History<EndpointSlice>(cluster, 'endpointslices')
    await cluster.apply({ apiVersion: 'v1', kind: 'List', items: manifests })
    await Promise.all(['client', 'web-1', 'web-2'].map(ready))
  })
  after(async () => {
    await pods?.stop()
    await slices?.stop()
    await cluster?.reset()
  })

  manifests.push(podOf('client', { containers: [shell()] }))
  givenPod('web-1', 'web')
  // The same name for another number.
  givenPod('web-2', 'web', {}, 9090)
  givenService('web', { selector: { app: 'web' }, ports: [webPort] })

  describe('pods', podsAndHosts)
  describe('services', services)
  describe('services on the node', nodePorts)
  describe('endpoints', endpoints)
  describe('names', names)
  describe('resolvers', resolvers)
})

function podsAndHosts(): void {
  it('reach each other by address, and are seen with their own', async () => {
    const client = await ready('client')
    const { status } = await ready('web-1')
    assert.equal(
      await fetchInside(`http://${status?.podIP}:8080/cgi-bin/who`),
      `web-1 ${client.status?.podIP}\n`,
    )
  })

  it('reach themselves through their own service', async () => {
    await served('self', 1)
    assert.match(await fetchInside('http://self/cgi-bin/who', 'alone'), /^alone /)
  })
  givenPod('alone', 'alone')
  givenService('self', { selector: { app: 'alone' }, ports: [webPort] })

  it('reach the API server by its service', async () => {
    const { code, stderr } = await attempt('nc', '-w', '5', 'kubernetes.default.svc', '443')
    // Who connects and says nothing may be hung up on.
    assert.ok(code === 0 || /reset/.test(stderr), stderr)
  })

  it('have host ports where they ask for them, each only once', async () => {
    const port = await freePort()
    const ports = [{ containerPort: 8080, hostPort: port }]
    await cluster.apply(podOf('host-port', { containers: [web(8080, { ports })] }))
    await ready('host-port')
    assert.match(await who(cluster.nodeAddress, port), /^host-port /)
    assert.match(await who('127.0.0.1', port), /^host-port /)
    const reply = await fetchInside(`http://${cluster.nodeAddress}:${port}/cgi-bin/who`)
    assert.match(reply, /^host-port /)
    await cluster.apply(podOf('host-port-2', { containers: [web(8080, { ports })] }))
    const waits = await pods.until('host-port-2', ({ status }) =>
      Boolean(status?.conditions?.some(({ reason }) => reason === 'Unschedulable')),
    )
    const [condition] = waits.status?.conditions ?? []
    assert.match(condition?.message ?? '', /didn't have free ports for the requested pod ports/)
    await kubectl('delete', 'pod', 'host-port')
    await ready('host-port-2')
  })
}

function services(): void {
  it('spread over their pods, whatever number each gave the named port', async () => {
    await served('web', 1).catch(() => served('web', 2))
    const address = await addressOf('web')
    const seen = new Set<string>()
    for (let n = 0; n < 200 && seen.size < 2; n++) seen.add(podName(await who(address)))
    assert.deepEqual([...seen].sort(), ['web-1', 'web-2'])
    assert.match(await fetchInside('http://web/cgi-bin/who'), /^web-/)
  })

  givenPod('many', 'many', {
    containers: [web(8080), web(8081, { name: 'other', ports: [{ containerPort: 8081 }] })],
  })
  givenService('many', {
    selector: { app: 'many' },
    ports: [webPort, { name: 'more', port: 8000, targetPort: 8081 as never }],
  })
  it('have several ports, and refuse every other', async () => {
    await served('many', 1)
    const address = await addressOf('many')
    assert.match(await who(address, 80), /^many /)
    assert.match(await who(address, 8000), /^many /)
    await refused(`http://${address}:8081/`)
    await kubectl('patch', 'service', 'many', '--type=json', '-p', movePort)
    assert.match(await reachable(`http://${address}:8001/cgi-bin/who`), /^many/)
    await refused(`http://${address}:8000/`)
  })
  const movePort = '[{"op":"replace","path":"/spec/ports/1/port","value":8001}]'

  givenService('nobody', { type: 'NodePort', selector: { app: 'nobody' }, ports: [{ port: 80 }] })
  it('without endpoints refuse at once', async () => {
    const { spec } = await service('nobody')
    await refused(`http://${spec?.clusterIP}/`)
    await refused(`http://${cluster.nodeAddress}:${spec?.ports?.[0]?.nodePort}/`)
    const { code, stderr } = await attempt('nc', '-w', '5', spec?.clusterIP ?? '', '80')
    assert.equal(code, 1)
    assert.match(stderr, /refused/)
  })

  givenService('sticky', {
    selector: { app: 'web' },
    ports: [webPort],
    sessionAffinity: 'ClientIP',
  })
  it('keep a client with one pod, if they are told to', async () => {
    const address = await addressOf('sticky')
    const first = podName(await who(address))
    for (let n = 0; n < 30; n++) assert.equal(podName(await who(address)), first)
    const other = podName(await fetchInside('http://sticky/cgi-bin/who'))
    for (let n = 0; n < 3; n++)
      assert.equal(podName(await fetchInside('http://sticky/cgi-bin/who')), other)
  })

  it('that would take over addresses of others are refused', async () => {
    const { code, stderr } = await cluster.tryKubectl(['apply', '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'taker' },
        spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] },
      }),
    })
    assert.equal(code, 1)
    assert.match(stderr, /externalIPs/)
  })
}

function nodePorts(): void {
  givenService('on-node', { type: 'NodePort', selector: { app: 'web' }, ports: [webPort] })
  it("answer on the node's address and on loopback", async () => {
    const port = (await service('on-node')).spec?.ports?.[0]?.nodePort ?? 0
    assert.ok(port >= 30_000)
    assert.match(await who(cluster.nodeAddress, port), /^web-/)
    assert.match(await who('127.0.0.1', port), /^web-/)
    assert.match(await fetchInside(`http://${cluster.nodeAddress}:${port}/cgi-bin/who`), /^web-/)
  })

  givenService('local', {
    type: 'NodePort',
    selector: { app: 'web' },
    ports: [webPort],
    externalTrafficPolicy: 'Local',
  })
  it("see the client's own address under externalTrafficPolicy Local", async () => {
    const port = (await service('local')).spec?.ports?.[0]?.nodePort ?? 0
    const client = await ready('client')
    assert.match(await who(cluster.nodeAddress, port), /^web-/)
    assert.match(
      await fetchInside(`http://${cluster.nodeAddress}:${port}/cgi-bin/who`),
      new RegExp(` ${client.status?.podIP}$`, 'm'),
    )
  })

  givenService('local-nobody', {
    type: 'NodePort',
    selector: { app: 'nobody' },
    ports: [webPort],
    externalTrafficPolicy: 'Local',
  })
  it('refuse at once where the node has no endpoint of its own', async () => {
    await cluster.apply({
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: {
        name: 'local-nobody-1',
        labels: { 'kubernetes.io/service-name': 'local-nobody' },
      },
      ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
      endpoints: [{ addresses: ['192.0.2.1'], nodeName: 'another' }],
    })
    await slices.until('local-nobody-1', () => true)
    const port = (await service('local-nobody')).spec?.ports?.[0]?.nodePort ?? 0
    await refused(`http://${cluster.nodeAddress}:${port}/`)
  })

  it('give a port to one service only', async () => {
    const { spec } = await service('on-node')
    const [port] = spec?.ports ?? []
    const { stderr } = await cluster.tryKubectl(['apply', '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'second' },
        spec: { type: 'NodePort', ports: [{ port: 80, nodePort: port?.nodePort }] },
      }),
    })
    assert.match(stderr, /nodePort: Invalid value: \d+: provided port is already allocated/)
  })

  givenService('balanced', { type: 'LoadBalancer', selector: { app: 'web' }, ports: [webPort] })
  it('stand behind a load balancer that nobody provides, and serve without it', async () => {
    assert.match(await kubectl('get', 'service', 'balanced'), /LoadBalancer +\S+ +<pending> +80:3/)
    const port = (await service('balanced')).spec?.ports?.[0]?.nodePort ?? 0
    assert.match(await who(cluster.nodeAddress, port), /^web-/)
  })
}

function endpoints(): void {
  let http: Server
  let udp: Socket
  before(async () => {
    http = createServer((_, response) => response.end('from the host'))
    http.listen(0, cluster.nodeAddress)
    udp = createSocket('udp4', (bytes, from) => {
      const query = dns.decode(bytes)
      const [question] = query.questions ?? []
      const answer = { type: 'A' as const, name: question?.name ?? '', data: '192.0.2.7', ttl: 1 }
      const answers = question?.type === 'A' ? [answer] : []
      const reply = dns.encode({
        type: 'response',
        id: query.id,
        questions: query.questions,
        answers,
      })
      udp.send(reply, from.port, from.address)
    })
    udp.bind(0, cluster.nodeAddress)
    await Promise.all([once(http, 'listening'), once(udp, 'listening')])
  })
  after(() => {
    http?.close()
    udp?.close()
  })

  const byHand = (name: string, protocol: string, port: number) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', protocol, port }],
    endpoints: [{ addresses: [cluster.nodeAddress] }],
  })
  givenService('by-hand', { ports: [{ port: 80 }] })
  givenService('by-hand-udp', { ports: [{ port: 53, protocol: 'UDP' }] })
  it('can be made by hand for a service without selector, over TCP and UDP', async () => {
    await cluster.apply(byHand('by-hand', 'TCP', (http.address() as AddressInfo).port))
    await cluster.apply(byHand('by-hand-udp', 'UDP', udp.address().port))
    await slices.until('by-hand-udp-1', () => true)
    const address = await addressOf('by-hand')
    assert.equal(await reachable(`http://${address}/`), 'from the host')
    assert.equal(await fetchInside('http://by-hand/'), 'from the host')
    const looked = await inside('nslookup', '-type=a', 'any.thing.', await addressOf('by-hand-udp'))
    assert.match(looked, /192\.0\.2\.7/)
  })

  const slow = {
    terminationGracePeriodSeconds: 20,
    containers: [web(8080, { lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } })],
  }
  givenPod('leaving', 'leaving', slow)
  givenPod('staying', 'leaving', slow)
  givenService('leaving', { selector: { app: 'leaving' }, ports: [webPort] })
  it('of a pod that is to go leave at once, though it still answers; the last ones serve on', async () => {
    await served('leaving', 2)
    const address = await addressOf('leaving')
    const conditionsOf = (slice: EndpointSlice, pod: string) =>
      slice.endpoints?.find(({ targetRef }) => targetRef?.name === pod)?.conditions
    const terminating = (pod: string) =>
      slices.seen(
        (slice) =>
          slice.metadata.labels?.['kubernetes.io/service-name'] === 'leaving' &&
          conditionsOf(slice, pod)?.terminating === true,
      )
    const { status } = await ready('leaving')
    await kubectl('delete', 'pod', 'leaving', '--wait=false')
    const left = conditionsOf(await terminating('leaving'), 'leaving')
    assert.deepEqual(left, { ready: false, serving: true, terminating: true })
    // The node hears of it a moment later; from then on no answer comes from there.
    let inRow = 0
    for (let n = 0; n < 400 && inRow < 40; n++)
      inRow = podName(await who(address)) === 'staying' ? inRow + 1 : 0
    assert.equal(inRow, 40)
    assert.equal(podName(await who(status?.podIP ?? '', 8080)), 'leaving')
    await kubectl('delete', 'pod', 'staying', '--wait=false')
    await terminating('staying')
    for (let n = 0; n < 20; n++) assert.match(await who(address), /^(leaving|staying) /)
    await Promise.all(['leaving', 'staying'].map((name) => pods.gone(name)))
  })
}

/** The first answer of what is about to be served. */
async function reachable(url: string): Promise<string> {
  for (const end = performance.now() + 5000; ; )
    try {
      return await ask(url)
    } catch (error) {
      if (performance.now() > end) throw error
    }
}

function names(): void {
  /** Whole names: none is tried with the search path, nothing is asked outside. */
  const lookUp = (name: string, type = 'a') => inside('nslookup', `-type=${type}`, name)
  const addressesIn = (text: string) =>
    [...text.matchAll(/^Address:\s+([\d.]+)$/gm)].map(([, address]) => address).sort()
  const host = { hostname: 'one', subdomain: 'headless' }
  givenPod('headless-1', 'headless', host)
  givenPod('headless-2', 'headless')
  givenService('headless', {
    clusterIP: 'None',
    selector: { app: 'headless' },
    ports: [{ name: 'web', port: 8080 }],
  })

  it('of a service is its address, and the address has its name', async () => {
    const address = await addressOf('web')
    const text = await lookUp('web.default.svc.cluster.local.')
    assert.deepEqual(addressesIn(text), [address])
    assert.match(await inside('nslookup', address), /name = web\.default\.svc\.cluster\.local/)
    const ports = await lookUp('_web._tcp.web.default.svc.cluster.local.', 'srv')
    assert.match(ports, /service = 0 \d+ 80 web\.default\.svc\.cluster\.local/)
  })

  it('of a headless service is that of all its pods, and each may have its own', async () => {
    const both = await Promise.all(['headless-1', 'headless-2'].map(ready))
    const [one, two] = both.map(({ status }) => status?.podIP ?? '')
    await served('headless', 2)
    await lookedUp('headless.default.svc.cluster.local.', 2)
    const text = await lookUp('headless.default.svc.cluster.local.')
    assert.deepEqual(addressesIn(text), [one, two].sort())
    const own = await lookUp('one.headless.default.svc.cluster.local.')
    assert.deepEqual(addressesIn(own), [one])
    assert.match(
      await inside('nslookup', one ?? ''),
      /name = one\.headless\.default\.svc\.cluster\.local/,
    )
    const ports = await lookUp('_web._tcp.headless.default.svc.cluster.local.', 'srv')
    assert.equal(ports.match(/service = 0 \d+ 8080 \S+\.headless\.default\.svc/g)?.length, 2)
    const full = await kubectl('exec', 'headless-1', '--', 'hostname', '-f')
    assert.equal(full.trim(), 'one.headless.default.svc.cluster.local')
    assert.match(await fetchInside('http://one.headless:8080/cgi-bin/who'), /^one /)
  })

  async function lookedUp(name: string, count: number): Promise<void> {
    let found: (string | undefined)[] = []
    for (const end = performance.now() + 5000; performance.now() < end; ) {
      found = addressesIn(await lookUp(name))
      if (found.length === count) return
    }
    throw new Error(`${name} goes on being ${found}`)
  }

  const never = { readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } }
  givenPod('unready', 'unready', { containers: [web(8080, never)] })
  const unready = { clusterIP: 'None', selector: { app: 'unready' }, ports: [{ port: 8080 }] }
  givenService('unready', unready)
  givenService('unready-too', { ...unready, publishNotReadyAddresses: true })
  it('leave out pods that are not ready, unless told otherwise', async () => {
    const { status } = await pods.until('unready', (pod) => Boolean(pod.status?.podIP))
    const absent = await attempt('nslookup', '-type=a', 'unready.default.svc.cluster.local.')
    assert.deepEqual(addressesIn(absent.stdout), [])
    await lookedUp('unready-too.default.svc.cluster.local.', 1)
    assert.deepEqual(addressesIn(await lookUp('unready-too.default.svc.cluster.local.')), [
      status?.podIP,
    ])
  })

  givenService('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' })
  it('may stand for other names, which are followed', async () => {
    const text = await lookUp('alias.default.svc.cluster.local.')
    assert.match(text, /canonical name = web\.default\.svc\.cluster\.local/)
    assert.deepEqual(addressesIn(text), [await addressOf('web')])
    assert.match(await fetchInside('http://alias/cgi-bin/who'), /^web-/)
  })

  it('that nobody has are unknown at once', async () => {
    const begun = performance.now()
    const { code, stdout, stderr } = await attempt(
      'nslookup',
      '-type=a',
      'absent.default.svc.cluster.local.',
    )
    assert.equal(code, 1)
    assert.match(stdout + stderr, /NXDOMAIN/)
    assert.ok(performance.now() - begun < 3000)
  })
}

function resolvers(): void {
  const once = (name: string, spec: Partial<PodSpec>) =>
    manifests.push(
      podOf(name, {
        restartPolicy: 'Never',
        containers: [shell('cat /etc/resolv.conf')],
        ...spec,
      }),
    )
  const resolvConf = async (name: string) => {
    await pods.until(name, ({ status }) => status?.phase === 'Succeeded')
    const text = await kubectl('logs', name)
    const words = (keyword: string) =>
      text
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([first]) => first === keyword)
        .flatMap(([, ...rest]) => rest)
    return { servers: words('nameserver'), searches: words('search'), options: words('options') }
  }

  it('ClusterFirst: cluster DNS, with the search path of the namespace', async () => {
    const { servers, searches, options } = await resolvConf('dns-cluster')
    assert.deepEqual(servers, [cluster.serviceCidr.replace('.0/16', '.10')])
    assert.deepEqual(searches.slice(0, 3), [
      'default.svc.cluster.local',
      'svc.cluster.local',
      'cluster.local',
    ])
    assert.deepEqual(options, ['ndots:5'])
  })
  once('dns-cluster', {})

  it("Default: the node's own", async () => {
    const own = readFileSync('/etc/resolv.conf', 'utf8')
    const servers = [...own.matchAll(/^nameserver\s+(\S+)/gm)].map(([, server]) => server)
    assert.deepEqual((await resolvConf('dns-default')).servers, servers.slice(0, 3))
  })
  once('dns-default', { dnsPolicy: 'Default' })

  const dnsConfig = {
    nameservers: ['192.0.2.53'],
    searches: ['example.org'],
    options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
  }
  it("None: only the pod's own; with another policy its own as well", async () => {
    assert.deepEqual(await resolvConf('dns-none'), {
      servers: ['192.0.2.53'],
      searches: ['example.org'],
      options: ['ndots:2', 'edns0'],
    })
    const more = await resolvConf('dns-more')
    assert.equal(more.servers.at(-1), '192.0.2.53')
    assert.equal(more.searches.at(-1), 'example.org')
    assert.deepEqual(more.options, ['ndots:2', 'edns0'])
  })
  once('dns-none', { dnsPolicy: 'None', dnsConfig })
  once('dns-more', { dnsConfig })

  it('ClusterFirstWithHostNet: cluster DNS on the network of the node', async () => {
    const { servers } = await resolvConf('dns-host')
    assert.deepEqual(servers, [cluster.serviceCidr.replace('.0/16', '.10')])
  })
  once('dns-host', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true })

  it('/etc/hosts has the pod itself and its aliases', async () => {
    const { status } = await pods.until('aliases', (pod) => pod.status?.phase === 'Succeeded')
    const text = await kubectl('logs', 'aliases')
    assert.match(text, new RegExp(`^${status?.podIP}\\s+aliases$`, 'm'))
    assert.match(text, /^127\.0\.0\.1\s+localhost/m)
    assert.match(text, /^192\.0\.2\.1\s+one\s+two$/m)
  })
  once('aliases', {
    containers: [shell('cat /etc/hosts')],
    hostAliases: [{ ip: '192.0.2.1', hostnames: ['one', 'two'] }],
  })
}
