/**
 * Says of every ServiceCIDR that it is ready, and keeps one that is to go until no address is left that would be in none.
 * Which address is whose is not its business: the API server gives them out.
 */

import { hostsOf, isWithin, parseIpv4, type Span } from '../../api/ipv4.ts'
import type { IPAddress as AddressObject, ServiceCIDR as RangeObject } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { type ContextOf, controller, type Kind, type Read, requeue } from '../framework/index.ts'

const group = { group: 'networking.k8s.io', version: 'v1', namespaced: false } as const
export const ServiceCIDR: Kind<RangeObject> = {
  ...group,
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
}
const IPAddress: Kind<AddressObject> = { ...group, kind: 'IPAddress', plural: 'ipaddresses' }

const finalizer = 'networking.k8s.io/service-cidr-finalizer'
/** Addresses that the API server gave to Services. */
const given = { labelSelector: 'ipaddress.kubernetes.io/managed-by=ipallocator.k8s.io' }
/** Until every API server has seen that a range is going, and gives no more addresses of it. */
const quietMs = 10_000

const ranges = controller(ServiceCIDR)
  .named('service-cidr')
  .watches(IPAddress, (_address, read) => going(read), given)
  .watches(ServiceCIDR, (_range, read) => going(read))

export const serviceCidrController = ranges.finalize(letGo, { finalizer }).reconcile(sayReady)

type RangeContext = ContextOf<typeof ranges>

const going = (read: Read<RangeObject>) =>
  read(ServiceCIDR)
    .list()
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ metadata: { name = '' } }) => ({ namespace: '', name }))

async function sayReady(range: RangeObject, context: RangeContext): Promise<void> {
  if (readiness(range)?.status === 'True') return
  await say(range, context, {
    status: 'True',
    reason: '',
    message: 'Kubernetes Service CIDR is ready',
  })
}

async function letGo(range: RangeObject, context: RangeContext) {
  if (wouldLoseAddresses(range, context.read)) {
    if (readiness(range)?.reason !== 'Terminating')
      await say(range, context, {
        status: 'False',
        reason: 'Terminating',
        message:
          'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
      })
    return requeue.after('1m')
  }
  const since = Date.parse(range.metadata.deletionTimestamp ?? '')
  const rest = since + quietMs - context.clock.now()
  return rest > 0 ? requeue.after(rest) : undefined
}

interface Readiness {
  status: string
  reason: string
  message: string
}

const readiness = ({ status }: RangeObject) =>
  status?.conditions?.find(({ type }) => type === 'Ready')

async function say(
  range: RangeObject,
  { update, clock }: RangeContext,
  said: Readiness,
): Promise<void> {
  const others = (range.status?.conditions ?? []).filter(({ type }) => type !== 'Ready')
  const ready = { type: 'Ready', ...said, lastTransitionTime: time(clock.now()) }
  const status = { ...range.status, conditions: [...others, ready as never] }
  await update(ServiceCIDR, { ...range, status }, { subresource: 'status' })
}

/** Some address is of this range, and of no other. */
function wouldLoseAddresses(range: RangeObject, read: RangeContext['read']): boolean {
  const own = spansOf(range)
  const others = read(ServiceCIDR)
    .list()
    .filter(({ metadata }) => metadata.uid !== range.metadata.uid)
    .flatMap(spansOf)
  const isIn = (spans: readonly Span[], value: number) =>
    spans.some((span) => isWithin(span, value))
  return read(IPAddress)
    .list()
    .map(({ metadata }) => parseIpv4(metadata.name ?? '') ?? -1)
    .some((address) => isIn(own, address) && !isIn(others, address))
}

const spansOf = ({ spec }: RangeObject): Span[] =>
  (spec?.cidrs ?? []).filter((cidr) => !cidr.includes(':')).map(hostsOf)
