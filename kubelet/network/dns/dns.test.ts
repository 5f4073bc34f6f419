import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import * as packet from 'dns-packet'
import type { EndpointSlice, Service } from '../../../api/types.ts'
import { Zone } from './records.ts'
import { type Responder, respond } from './respond.ts'
import { startDns } from './server.ts'

const services: Service[] = [
  {
    metadata: { namespace: 'default', name: 'hello' },
    spec: { clusterIP: '10.96.0.20', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  },
  {
    metadata: { namespace: 'db', name: 'peers' },
    spec: { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] },
  },
  {
    metadata: { namespace: 'default', name: 'elsewhere' },
    spec: { type: 'ExternalName', externalName: 'example.org.' },
  },
  {
    metadata: { namespace: 'default', name: 'alias' },
    spec: { type: 'ExternalName', externalName: 'hello.default.svc.cluster.local' },
  },
  {
    metadata: { namespace: 'default', name: 'circle' },
    spec: { type: 'ExternalName', externalName: 'circle.default.svc.cluster.local' },
  },
]

const slices: EndpointSlice[] = [
  {
    metadata: {
      namespace: 'db',
      name: 'peers-1',
      labels: { 'kubernetes.io/service-name': 'peers' },
    },
    addressType: 'IPv4',
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.244.0.7'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.244.0.8'], conditions: { ready: true } },
      { addresses: ['10.244.0.9'], conditions: { ready: false } },
    ],
  },
]

const zone = new Zone('cluster.local', services, slices)
const data = (name: string, type: string) => {
  const answer = zone.answer(name, type)
  return answer.found ? answer.records.map((record) => record.data) : 'no such name'
}

describe('the records of cluster DNS', () => {
  it('gives a service its cluster address, whatever the case and the final dot', () => {
    assert.deepEqual(data('hello.default.svc.cluster.local', 'A'), ['10.96.0.20'])
    assert.deepEqual(data('Hello.Default.svc.cluster.local.', 'A'), ['10.96.0.20'])
  })

  it('gives a named port, and the way back from the address', () => {
    assert.deepEqual(data('_http._tcp.hello.default.svc.cluster.local', 'SRV'), [
      { priority: 0, weight: 100, port: 80, target: 'hello.default.svc.cluster.local' },
    ])
    assert.deepEqual(data('20.0.96.10.in-addr.arpa', 'PTR'), ['hello.default.svc.cluster.local'])
  })

  it('gives a headless service its ready endpoints, by host name where they have one', () => {
    assert.deepEqual(data('peers.db.svc.cluster.local', 'A'), ['10.244.0.7', '10.244.0.8'])
    assert.deepEqual(data('db-0.peers.db.svc.cluster.local', 'A'), ['10.244.0.7'])
    assert.deepEqual(data('10-244-0-8.peers.db.svc.cluster.local', 'A'), ['10.244.0.8'])
    assert.equal(data('10-244-0-9.peers.db.svc.cluster.local', 'A'), 'no such name')
    assert.deepEqual(data('7.0.244.10.in-addr.arpa', 'PTR'), ['db-0.peers.db.svc.cluster.local'])
  })

  it('gives endpoints that are not ready when the service publishes them', () => {
    const all = services.map((service) => ({
      ...service,
      spec: { ...service.spec, publishNotReadyAddresses: true },
    }))
    const answer = new Zone('cluster.local', all, slices).answer('peers.db.svc.cluster.local', 'A')
    assert.equal(answer.found && answer.records.length, 3)
  })

  it('gives an alias for an external name', () => {
    assert.deepEqual(data('elsewhere.default.svc.cluster.local', 'A'), ['example.org'])
  })

  it('gives pods by their address, and nothing for what is none', () => {
    assert.deepEqual(data('10-244-0-5.default.pod.cluster.local', 'A'), ['10.244.0.5'])
    assert.equal(data('10-244-0-555.default.pod.cluster.local', 'A'), 'no such name')
  })

  it('tells a name without such records from one that is not there', () => {
    assert.deepEqual(data('hello.default.svc.cluster.local', 'AAAA'), [])
    assert.deepEqual(data('default.svc.cluster.local', 'A'), [])
    assert.equal(data('nobody.default.svc.cluster.local', 'A'), 'no such name')
  })

  it('says which version of the specification it follows', () => {
    assert.deepEqual(data('dns-version.cluster.local', 'TXT'), ['1.1.0'])
  })
})

const responder: Responder = {
  zone: () => zone,
  domain: 'cluster.local',
  forward: async () => {
    throw new Error('nobody there')
  },
}

const query = (name: string, type: packet.RecordType, more: object = {}) =>
  packet.encode({
    type: 'query',
    id: 77,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  })

async function ask(bytes: Buffer, transport: 'udp' | 'tcp' = 'udp', by = responder) {
  const response = await respond(bytes, transport, by)
  assert.ok(response)
  return packet.decode(response)
}

const codeOf = (response: packet.DecodedPacket) => (response.flags ?? 0) & 15

describe('a DNS response', () => {
  it('is authoritative, repeats id and question, and tells the asked spelling', async () => {
    const response = await ask(query('HELLO.default.svc.cluster.local', 'A'))
    assert.equal(response.id, 77)
    assert.equal(response.flag_aa, true)
    assert.equal(codeOf(response), 0)
    assert.equal(response.answers?.[0]?.name, 'HELLO.default.svc.cluster.local')
  })

  it('carries the start of authority where there is nothing to tell', async () => {
    const missing = await ask(query('nobody.default.svc.cluster.local', 'A'))
    assert.equal(codeOf(missing), 3)
    assert.equal(missing.authorities?.[0]?.type, 'SOA')
    const empty = await ask(query('hello.default.svc.cluster.local', 'AAAA'))
    assert.equal(codeOf(empty), 0)
    assert.equal(empty.authorities?.[0]?.type, 'SOA')
  })

  it('follows aliases, within the cluster and out of it, and circles not for ever', async () => {
    const inside = await ask(query('alias.default.svc.cluster.local', 'A'))
    assert.deepEqual(
      inside.answers?.map(({ type, name }) => `${type} ${name}`),
      ['CNAME alias.default.svc.cluster.local', 'A hello.default.svc.cluster.local'],
    )
    const outside = await ask(query('elsewhere.default.svc.cluster.local', 'A'), 'udp', {
      ...responder,
      forward: async (bytes) => {
        const { id, questions = [] } = packet.decode(bytes)
        const [{ name = '' } = {}] = questions
        const answers = [{ type: 'A' as const, name, data: '192.0.2.1' }]
        return packet.encode({ type: 'response', id, questions, answers })
      },
    })
    assert.equal(outside.questions?.[0]?.name, 'elsewhere.default.svc.cluster.local')
    assert.deepEqual(
      outside.answers?.map(({ type, name }) => `${type} ${name}`),
      ['CNAME elsewhere.default.svc.cluster.local', 'A example.org'],
    )
    assert.equal(codeOf(await ask(query('elsewhere.default.svc.cluster.local', 'A'))), 2)
    const asked = await ask(query('elsewhere.default.svc.cluster.local', 'CNAME'))
    assert.equal(asked.answers?.length, 1, 'the alias itself needs nobody else')
    const circle = await ask(query('circle.default.svc.cluster.local', 'A'))
    assert.ok((circle.answers?.length ?? 0) < 20)
  })

  it('is SERVFAIL when no upstream server answers for a name outside', async () => {
    assert.equal(codeOf(await ask(query('example.org', 'A'))), 2)
  })

  it('is FORMERR for garbage, and silence for what is no query', async () => {
    const garbage = Buffer.concat([query('a.cluster.local', 'A').subarray(0, 14)])
    const answer = await respond(garbage, 'udp', responder)
    assert.equal((answer?.readUInt16BE(2) ?? 0) & 15, 1)
    assert.equal(await respond(Buffer.from([1, 2, 3]), 'udp', responder), undefined)
    const response = packet.encode({ type: 'response', id: 1, questions: [] })
    assert.equal(await respond(response, 'udp', responder), undefined)
  })

  it('is truncated over UDP when it does not fit, and whole over TCP', async () => {
    const endpoints = Array.from({ length: 100 }, (_, index) => ({
      addresses: [`10.244.1.${index}`],
    }))
    const many = slices.map((slice) => ({ ...slice, endpoints }))
    const big = new Zone('cluster.local', services, many)
    const bytes = query('peers.db.svc.cluster.local', 'A')
    const short = await respond(bytes, 'udp', { ...responder, zone: () => big })
    assert.equal(packet.decode(short ?? Buffer.alloc(0)).flag_tc, true)
    const whole = await respond(bytes, 'tcp', { ...responder, zone: () => big })
    assert.equal(packet.decode(whole ?? Buffer.alloc(0)).answers?.length, 100)
  })
})

describe('the DNS server', () => {
  it('answers over UDP and over TCP on the same port', async () => {
    const server = await startDns('127.0.0.1', 0, responder)
    try {
      const bytes = query('hello.default.svc.cluster.local', 'A')
      const udp = createSocket('udp4')
      udp.send(bytes, server.port, '127.0.0.1')
      const [message] = (await once(udp, 'message')) as [Buffer]
      udp.close()
      assert.equal(packet.decode(message).answers?.length, 1)
      const tcp = connect(server.port, '127.0.0.1')
      const framed = Buffer.concat([Buffer.from([0, bytes.length]), bytes])
      tcp.write(Buffer.concat([framed, framed]))
      let received = Buffer.alloc(0)
      for await (const chunk of tcp) {
        received = Buffer.concat([received, chunk as Buffer])
        const length = received.readUInt16BE(0)
        if (received.length >= 2 * (2 + length)) break
      }
      assert.equal(packet.decode(received.subarray(2)).answers?.length, 1)
    } finally {
      await server.close()
    }
  })
})
