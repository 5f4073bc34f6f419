/** One DNS query to one response: authoritative for the cluster's names, everything else goes to `forward`. */

import * as dns from 'dns-packet'
import { type DnsRecord, ttl, type Zone } from './records.ts'

export type Transport = 'udp' | 'tcp'

export interface Responder {
  zone(): Zone
  domain: string
  /** The raw query to an upstream server and its raw response; rejects when none answers. */
  forward(query: Buffer, transport: Transport): Promise<Buffer>
}

const rcode = { ok: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4 }
/** Bits of the DNS header's flags. */
const flag = { authoritative: 1 << 10, truncated: 1 << 9, recursionAvailable: 1 << 7 }
/** Zero in them is a standard query. */
const opcodeBits = 15 << 11
const minimumPayload = 512
/** An alias of an alias, and so on: longer chains, and circles, end here. */
const mostAliases = 8
const maximumPayload = 1232

/** The response to send, or `undefined` where silence is the answer (not a query at all). */
export async function respond(
  bytes: Buffer,
  transport: Transport,
  responder: Responder,
): Promise<Buffer | undefined> {
  const query = parse(bytes)
  if (query === 'garbage') return bytes.length < 12 ? undefined : failure(bytes, rcode.formatError)
  if (query.type !== 'query') return undefined
  const question = query.questions?.[0]
  if (((query.flags ?? 0) & opcodeBits) !== 0) return failure(bytes, rcode.notImplemented)
  if (!question || query.questions?.length !== 1) return failure(bytes, rcode.formatError)
  if (!responder.zone().owns(question.name)) {
    try {
      return await responder.forward(bytes, transport)
    } catch {
      return failure(bytes, rcode.serverFailure) // the upstream's silence is the whole of what is known
    }
  }
  try {
    return await authoritative(query, question, transport, responder)
  } catch {
    return failure(bytes, rcode.serverFailure) // where the alias leads, nobody answers
  }
}

async function authoritative(
  query: dns.DecodedPacket,
  question: dns.Question,
  transport: Transport,
  responder: Responder,
): Promise<Buffer> {
  const { zone, domain } = responder
  const answer = zone().answer(question.name, question.type)
  const records = answer.found ? answer.records : []
  const followed = await follow(records, { ...query, questions: [question] }, transport, responder)
  const soa = startOfAuthority(domain)
  const packet = {
    type: 'response' as const,
    id: query.id ?? 0,
    flags:
      flag.authoritative |
      flag.recursionAvailable |
      ((query.flags ?? 0) & dns.RECURSION_DESIRED) |
      (answer.found ? rcode.ok : rcode.noSuchName),
    questions: [question],
    answers: [...records.map((record) => toAnswer(record, question.name)), ...followed],
    authorities: records.length === 0 ? [soa] : [],
  }
  const encoded = dns.encode(packet)
  if (transport === 'tcp' || encoded.length <= payloadSize(query)) return encoded
  return dns.encode({
    ...packet,
    flags: packet.flags | flag.truncated,
    answers: [],
    authorities: [],
  })
}

/** What an alias stands for: resolvers of programs take one answer and ask no further. */
async function follow(
  records: DnsRecord[],
  query: dns.DecodedPacket,
  transport: Transport,
  { zone, forward }: Responder,
): Promise<dns.Answer[]> {
  const followed: dns.Answer[] = []
  const type = query.questions?.[0]?.type ?? 'A'
  let last = records.at(-1)
  for (let step = 0; step < mostAliases; step++) {
    if (last?.type !== 'CNAME' || type === 'CNAME' || String(type) === 'ANY') return followed
    if (!zone().owns(last.data)) {
      const questions = [{ name: last.data, type }]
      const asked = {
        type: 'query' as const,
        id: query.id,
        flags: dns.RECURSION_DESIRED,
        questions,
      }
      const { answers = [] } = dns.decode(await forward(dns.encode(asked), transport))
      return [...followed, ...answers]
    }
    const next = zone().answer(last.data, type)
    if (!next.found) return followed
    followed.push(...next.records.map((record) => toAnswer(record, record.name)))
    last = next.records.at(-1)
  }
  return followed
}

function toAnswer(record: DnsRecord, asked: string): dns.Answer {
  // The asked spelling comes back, as resolvers that mix case for safety expect.
  const name = record.name === asked.toLowerCase() ? asked : record.name
  return { ...record, name, ttl, class: 'IN' } as dns.Answer
}

function startOfAuthority(domain: string): dns.Answer {
  return {
    type: 'SOA',
    name: domain,
    ttl,
    data: {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: ttl,
    },
  }
}

function payloadSize(query: dns.DecodedPacket): number {
  const option = query.additionals?.find((record) => record.type === 'OPT')
  const asked = option && 'udpPayloadSize' in option ? Number(option.udpPayloadSize) : 0
  return Math.min(Math.max(asked, minimumPayload), maximumPayload)
}

function parse(bytes: Buffer): dns.DecodedPacket | 'garbage' {
  try {
    return dns.decode(bytes)
  } catch {
    return 'garbage'
  }
}

/** The query's own header turned into an answer that carries nothing but the code. */
function failure(query: Buffer, code: number): Buffer {
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  const recursion = query.readUInt16BE(2) & dns.RECURSION_DESIRED
  header.writeUInt16BE(0x8000 | recursion | flag.recursionAvailable | code, 2)
  return header
}
