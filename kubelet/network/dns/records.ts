/**
 * What cluster DNS answers, computed from Services and EndpointSlices as the Kubernetes DNS-Based Service Discovery
 * specification 1.1.0 says. Pure: a zone is built from objects, a question gives records.
 */

import type { EndpointSlice, Service } from '../../../api/types.ts'
import { parseAddress } from '../address.ts'

export type DnsRecord =
  | { type: 'A'; name: string; data: string }
  | { type: 'CNAME' | 'PTR'; name: string; data: string }
  | { type: 'TXT'; name: string; data: string }
  | {
      type: 'SRV'
      name: string
      data: { priority: number; weight: number; port: number; target: string }
    }

/** `found` with no records of the asked type is "no data": the name exists. */
export type Answer = { found: true; records: DnsRecord[] } | { found: false }

/** Seconds that resolvers may keep an answer: short, because endpoints come and go. */
export const ttl = 5

export class Zone {
  readonly #domain: string
  /** By full lower-case name, without the final dot. */
  readonly #records = new Map<string, DnsRecord[]>()
  /** Every name that exists, those above a record included. */
  readonly #names = new Set<string>()

  /** @param domain `cluster.local` */
  constructor(domain: string, services: Service[], slices: EndpointSlice[]) {
    this.#domain = domain
    this.#add({ type: 'TXT', name: `dns-version.${domain}`, data: '1.1.0' })
    const slicesOf = groupByService(slices)
    for (const service of services) {
      const key = `${service.metadata.namespace}/${service.metadata.name}`
      this.#addService(service, slicesOf.get(key) ?? [])
    }
  }

  /** @param name any case, with or without the final dot */
  answer(name: string, type: string): Answer {
    const asked = name.toLowerCase().replace(/\.$/, '')
    const pod = this.#podAddress(asked)
    if (pod) {
      const record: DnsRecord = { type: 'A', name: asked, data: pod }
      return { found: true, records: type === 'A' || type === 'ANY' ? [record] : [] }
    }
    const records = this.#records.get(asked)
    if (!records) return this.#names.has(asked) ? { found: true, records: [] } : { found: false }
    const matching = records.filter((record) => record.type === type || type === 'ANY')
    const alias = records.find((record) => record.type === 'CNAME')
    return { found: true, records: matching.length === 0 && alias ? [alias] : matching }
  }

  /** Whether this server is the one to ask: names of the domain, and addresses it knows. */
  owns(name: string): boolean {
    const asked = name.toLowerCase().replace(/\.$/, '')
    return asked === this.#domain || asked.endsWith(`.${this.#domain}`) || this.#records.has(asked)
  }

  #addService(service: Service, slices: EndpointSlice[]): void {
    const { metadata, spec } = service
    const name = `${metadata.name}.${metadata.namespace}.svc.${this.#domain}`
    if (spec?.type === 'ExternalName') {
      if (spec.externalName)
        this.#add({ type: 'CNAME', name, data: spec.externalName.replace(/\.$/, '') })
      return
    }
    if (spec?.clusterIP === 'None') {
      this.#addHeadless(service, name, slices)
      return
    }
    if (!spec?.clusterIP || parseAddress(spec.clusterIP) === undefined) return
    this.#add({ type: 'A', name, data: spec.clusterIP })
    this.#addReverse(spec.clusterIP, name)
    for (const port of spec.ports ?? [])
      this.#addPort(name, port.name, port.protocol, port.port, name)
  }

  #addHeadless(service: Service, name: string, slices: EndpointSlice[]): void {
    this.#name(name)
    const unready = service.spec?.publishNotReadyAddresses === true
    for (const slice of slices) {
      for (const { addresses, conditions, hostname } of slice.endpoints ?? []) {
        if (conditions?.ready === false && !unready) continue
        for (const address of addresses) {
          if (parseAddress(address) === undefined) continue
          const host = `${hostname || address.replaceAll('.', '-')}.${name}`
          this.#add({ type: 'A', name, data: address })
          this.#add({ type: 'A', name: host, data: address })
          this.#addReverse(address, host)
          for (const port of slice.ports ?? [])
            if (port.port) this.#addPort(name, port.name, port.protocol, port.port, host)
        }
      }
    }
  }

  #addPort(
    service: string,
    name: string | undefined,
    protocol: string | undefined,
    port: number,
    target: string,
  ): void {
    if (!name) return
    const data = { priority: 0, weight: 100, port, target }
    const owner = `_${name}._${(protocol ?? 'TCP').toLowerCase()}.${service}`
    this.#add({ type: 'SRV', name: owner, data })
  }

  #addReverse(address: string, name: string): void {
    const reversed = address.split('.').reverse().join('.')
    this.#add({ type: 'PTR', name: `${reversed}.in-addr.arpa`, data: name })
  }

  /** `10-244-0-5.default.pod.cluster.local` says its own address. */
  #podAddress(name: string): string | undefined {
    const suffix = `.pod.${this.#domain}`
    if (!name.endsWith(suffix)) return undefined
    const match = /^(\d+-\d+-\d+-\d+)\.[a-z0-9-]+$/.exec(name.slice(0, -suffix.length))
    const address = match?.[1]?.replaceAll('-', '.')
    return address !== undefined && parseAddress(address) !== undefined ? address : undefined
  }

  #add(record: DnsRecord): void {
    this.#name(record.name)
    const records = this.#records.get(record.name)
    if (!records) this.#records.set(record.name, [record])
    else if (!records.some((other) => JSON.stringify(other) === JSON.stringify(record)))
      records.push(record)
  }

  /** Remembers the names above as well: they exist, though they carry no records. */
  #name(name: string): void {
    for (let rest = name; rest !== '' && !this.#names.has(rest); ) {
      this.#names.add(rest)
      const dot = rest.indexOf('.')
      rest = dot === -1 ? '' : rest.slice(dot + 1)
    }
  }
}

function groupByService(slices: EndpointSlice[]): Map<string, EndpointSlice[]> {
  const groups = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name']
    if (!service) continue
    const key = `${slice.metadata.namespace}/${service}`
    const group = groups.get(key)
    if (group) group.push(slice)
    else groups.set(key, [slice])
  }
  return groups
}
