/** What the compiler knows of a declared kind. Each expected error that does not come up is an error itself. */

import { z } from 'zod'
import {
  anything,
  array,
  bool,
  type Condition,
  type ConditionTypeOf,
  conditions,
  enumeration,
  fromVendor,
  type InputOf,
  int,
  intOrString,
  type Kind,
  kind,
  listMap,
  literal,
  manifestOf,
  map,
  type ObjectMeta,
  type ObjectOf,
  object,
  Pod,
  podTemplate,
  string,
  union,
} from './index.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only for `true`. */
const holds = <_Claim extends true>(): void => undefined

const group = 'types.example.com'

describe('types of a declared kind (checked by tsc)', () => {
  it('reads what has a default, and need not write it', () => {
    const Site = kind({ group, name: 'Site' }).version('v1', {
      spec: object({
        image: string(),
        replicas: int().default(1),
        note: string().optional(),
        mode: enumeration('A', 'B').default('A'),
        kept: string().nullable(),
      }),
      status: object({ ready: int().optional(), conditions: conditions() }),
    })
    type Read = {
      apiVersion: 'types.example.com/v1'
      kind: 'Site'
      metadata: ObjectMeta & { name: string }
      spec: {
        image: string
        replicas: number
        mode: 'A' | 'B'
        kept: string | null
        note?: string | undefined
      }
      status?: { ready?: number | undefined; conditions?: Condition[] | undefined } | undefined
    }
    holds<Equal<Same<ObjectOf<typeof Site>>, Same<Read>>>()
    type Written = InputOf<typeof Site>['spec']
    holds<
      Equal<
        Same<Written>,
        Same<{
          image: string
          kept: string | null
          replicas?: number | undefined
          mode?: 'A' | 'B' | undefined
          note?: string | undefined
        }>
      >
    >()
    const made = Site.make({ metadata: { name: 'a' }, spec: { image: 'x', kept: null } })
    holds<Equal<typeof made.spec.replicas, number>>()
    // @ts-expect-error: image is required
    void (() => Site.make({ metadata: { name: 'a' }, spec: { kept: null } }))
    // @ts-expect-error: there is no such mode
    void (() => Site.make({ metadata: {}, spec: { image: '', kept: null, mode: 'C' } }))
    // @ts-expect-error: there is no such field
    void (() => Site.make({ metadata: {}, spec: { image: '', kept: null, other: 1 } }))
    const asKind: Kind<Read> = Site
    void asKind
    // @ts-expect-error: it is not a kind of other objects
    const other: Kind<{ metadata: ObjectMeta; spec: { image: number } }> = Site
    void other
  })

  it('follows objects, lists, maps, unions and what the server does not look at', () => {
    const schema = object({
      tags: array(string()).set(),
      labels: map(int()),
      ports: listMap('port', object({ port: int(), name: string().default('http') })),
      strategy: union('type', {
        Recreate: object({}),
        Rolling: object({ surge: intOrString(), pause: bool().default(false) }),
      }),
      answer: literal(42),
      free: anything(),
      template: podTemplate(),
    })
    type Read = NonNullable<(typeof schema)['~standard']['types']>['output']
    type Written = NonNullable<(typeof schema)['~standard']['types']>['input']
    holds<Equal<Read['tags'], string[]>>()
    holds<Equal<Read['labels'], Record<string, number>>>()
    holds<Equal<Same<Read['ports'][number]>, { port: number; name: string }>>()
    holds<Equal<Same<Written['ports'][number]>, { port: number; name?: string | undefined }>>()
    holds<
      Equal<
        Same<Read['strategy']>,
        { type: 'Recreate' } | { type: 'Rolling'; surge: number | string; pause: boolean }
      >
    >()
    holds<Equal<Read['answer'], 42>>()
    holds<Equal<NonNullable<Read['template']['spec']>['containers'][number]['name'], string>>()
    const narrowed = (strategy: Read['strategy']) =>
      strategy.type === 'Rolling' ? strategy.surge : undefined
    void narrowed
    // @ts-expect-error: only a rolling strategy has a surge
    void ((strategy: Read['strategy']) => strategy.surge)
    const told = object({ conditions: conditions('Ready', 'Registered') })
    type Told = NonNullable<(typeof told)['~standard']['types']>['output']
    holds<Equal<ConditionTypeOf<{ status?: Told }>, 'Ready' | 'Registered'>>()
    holds<Equal<ConditionTypeOf<{ status?: { conditions?: Condition[] } }>, string>>()
    // @ts-expect-error: the items have no such key
    void (() => listMap('number', object({ port: int() })))
    // @ts-expect-error: a default must be a value of the schema
    void (() => int().default('1'))
  })

  it("takes a vendor's types", () => {
    const Vendor = kind({ group, name: 'Vendor' }).version('v1', {
      spec: z.object({ size: z.int().default(1), name: z.string().optional() }),
      status: object({ phase: z.enum(['Up', 'Down']).optional(), size: fromVendor(z.int()) }),
    })
    holds<Equal<ObjectOf<typeof Vendor>['spec']['size'], number>>()
    holds<Equal<InputOf<typeof Vendor>['spec']['size'], number | undefined>>()
    type Status = NonNullable<ObjectOf<typeof Vendor>['status']>
    holds<Equal<Same<Status>, { size: number; phase?: 'Up' | 'Down' | undefined }>>()
    // @ts-expect-error: the size is a number
    void (() => Vendor.make({ metadata: {}, spec: { size: '1' } }))
  })

  it('wants a conversion between neighbours, of the right types', () => {
    const older = { spec: object({ count: int() }) }
    const newer = { spec: object({ replicas: int() }) }
    const first = kind({ group, name: 'Site' }).version('v1', older)
    // @ts-expect-error: how does the one become the other?
    void (() => first.next('v2', newer))
    // @ts-expect-error: they are not the same
    void (() => first.next('v2', newer, 'unchanged'))
    // @ts-expect-error: it must come back as well
    void (() => first.next('v2', newer, { up: ({ spec }) => ({ spec: { replicas: spec.count } }) }))
    void (() =>
      first.next('v2', newer, {
        // @ts-expect-error: v2 has no count
        up: ({ spec }) => ({ spec: { count: spec.count } }),
        down: ({ spec }) => ({ spec: { count: spec.replicas } }),
      }))
    void (() =>
      first.next('v2', newer, {
        up: ({ spec }) => ({ spec: { replicas: spec.count } }),
        // @ts-expect-error: v2 has no count to take
        down: ({ spec }) => ({ spec: { count: spec.count } }),
      }))
    const both = first.next('v2', newer, {
      up: ({ spec }) => ({ spec: { replicas: spec.count } }),
      down: ({ spec, ...site }) => ({ ...site, spec: { count: spec.replicas } }),
    })
    holds<Equal<ObjectOf<typeof both>['apiVersion'], 'types.example.com/v2'>>()
    holds<Equal<Same<ObjectOf<typeof both>['spec']>, { replicas: number }>>()
    const old = both.at('v1')
    holds<Equal<Same<ObjectOf<typeof old>['spec']>, { count: number }>>()
    // @ts-expect-error: there is no such version
    void (() => both.at('v3'))
    const third = both.next('v3', newer, 'unchanged')
    holds<Equal<ObjectOf<typeof third>['apiVersion'], 'types.example.com/v3'>>()
    const kept = kind({ group, name: 'Kept' })
      .version('v1', { ...older, stored: true })
      .next('v2', older, 'unchanged')
    holds<Equal<ObjectOf<typeof kept>['apiVersion'], 'types.example.com/v1'>>()
    // @ts-expect-error: a built-in kind has no definition of ours
    void (() => manifestOf(Pod))
  })
})

/** Written out, so that intersections compare equal to what they come to. */
type Same<T> = T extends (infer Item)[]
  ? Same<Item>[]
  : T extends object
    ? { [Key in keyof T]: Same<T[Key]> }
    : T
