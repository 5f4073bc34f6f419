/** The names of types that expressions may use as values: `type(x) == int`. */

import type { Type } from './types.ts'
import * as types from './types.ts'
import { runtimeTypeName } from './values.ts'

const named: [string, Type][] = [
  ['bool', types.bool],
  ['int', types.int],
  ['uint', types.uint],
  ['double', types.double],
  ['string', types.string],
  ['bytes', types.bytes],
  ['list', types.list(types.dyn)],
  ['map', types.map(types.dyn, types.dyn)],
  ['null_type', types.nullType],
  ['type', types.typeOf(types.dyn)],
  ['optional_type', types.optional(types.dyn)],
  ['google.protobuf.Timestamp', types.timestamp],
  ['google.protobuf.Duration', types.duration],
  ['kubernetes.URL', types.opaque('kubernetes.URL')],
  ['kubernetes.Quantity', types.opaque('kubernetes.Quantity')],
  ['kubernetes.Semver', types.opaque('kubernetes.Semver')],
  ['net.IP', types.opaque('net.IP')],
  ['net.CIDR', types.opaque('net.CIDR')],
]

export const typeNames: ReadonlyMap<string, { type: Type; runtime: string }> = new Map(
  named.map(([name, type]) => [name, { type, runtime: runtimeTypeName(type) }]),
)
