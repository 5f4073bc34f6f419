import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KubernetesObject } from '../../api/object.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { apply } from './apply.ts'
import { compare } from './comparison.ts'
import { ApplyConflict } from './conflicts.ts'
import { type FieldSet, paths } from './field-set.ts'
import { fieldsOf } from './fields-of.ts'
import { type Manager, type ManagerName, type Managers, managerId } from './managers.ts'
import { merge } from './merge.ts'
import { trackUpdate } from './update-tracking.ts'
import type { Written } from './versions.ts'

const scalar: MergeType = { kind: 'atomic' }
const item: MergeType = struct({ name: scalar, value: scalar, tags: { kind: 'set' } })
const things: MergeType = { kind: 'list', keys: ['name'], defaults: new Map(), items: item }
const type = struct({
  one: scalar,
  two: scalar,
  whole: scalar,
  map: { kind: 'map', values: scalar },
  set: { kind: 'set' },
  list: things,
  inner: struct({ one: scalar, list: things }),
})

function struct(fields: Record<string, MergeType>): MergeType {
  const types = new Map(Object.entries(fields))
  return { kind: 'struct', field: (name) => types.get(name) }
}

const written: Written = {
  apiVersion: 'v1',
  type,
  reset: { keep: (set) => set },
  other: () => undefined,
  serves: () => false,
}

const some = fc.constantFrom('x', 'y', 'z')
const set = fc.uniqueArray(some, { maxLength: 3 })
const optional = { requiredKeys: [] }
const list = fc.uniqueArray(
  fc
    .record({ value: some, tags: set }, optional)
    .chain((rest) => some.map((name) => ({ name, ...rest }))),
  { maxLength: 3, selector: ({ name }) => name },
)
const object = fc
  .record(
    {
      one: some,
      two: some,
      whole: fc.array(some, { maxLength: 2 }),
      map: fc.dictionary(some, some, { maxKeys: 3 }),
      set,
      list,
      inner: fc.record({ one: some, list }, optional),
    },
    optional,
  )
  .map((value) => value as unknown as KubernetesObject)

const by = (manager: string, operation: 'Apply' | 'Update' = 'Apply'): ManagerName => ({
  manager,
  operation,
  apiVersion: 'v1',
  subresource: '',
})

/** One object with its managers, as a client would see it. */
class Stored {
  object = {} as KubernetesObject
  managers: Managers = new Map()
  readonly written: Written

  constructor(kind: MergeType = type) {
    this.written = { ...written, type: kind }
  }

  apply(manager: string, config: KubernetesObject, force = true): void {
    const managers: Managers = new Map(this.managers)
    const now = '2026-01-01T00:00:00Z'
    this.object = apply(managers, this.written, {
      live: this.object,
      config,
      by: by(manager),
      force,
      now,
    })
    this.managers = managers
  }

  update(manager: string, object: KubernetesObject): void {
    const name = by(manager, 'Update')
    trackUpdate(this.managers, this.written, this.object, object, name, '2026-01-01T00:00:00Z')
    this.object = object
  }

  fields(manager: string, operation: 'Apply' | 'Update' = 'Apply'): FieldSet {
    return this.managers.get(managerId(by(manager, operation)))?.fields ?? {}
  }
}

/** Merging as anybody would write it down, for objects in which every list is known by what it is called. */
function plainly(live: unknown, config: unknown, name: string): unknown {
  if (config === undefined) return live
  if (live === undefined || name === 'whole') return config
  if (Array.isArray(config)) {
    const key = (one: unknown) => (typeof one === 'string' ? one : (one as { name: string }).name)
    const said = new Map(config.map((one: unknown) => [key(one), one]))
    const kept = (live as unknown[]).filter((one) => !said.has(key(one)))
    const merged = [...said].map(([known, one]) =>
      typeof one === 'string'
        ? one
        : plainly(
            (live as unknown[]).find((other) => key(other) === known),
            one,
            '',
          ),
    )
    return [...kept, ...merged]
  }
  if (typeof config !== 'object' || config === null) return config
  const result = { ...(live as Record<string, unknown>) }
  for (const [field, value] of Object.entries(config))
    result[field] = plainly(result[field], value, field)
  return result
}

/** Without the order of lists that are known by their items. */
function sorted(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((one) => sorted(one))
    return name === 'whole' ? items : items.sort((a, b) => (text(a) < text(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, inner]) => [field, sorted(inner, field)]),
  )
}

const text = (value: unknown) => JSON.stringify(value)

/** Empty lists and objects say nothing that could be compared. */
const full = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && Object.keys(inner).length === 0
        ? undefined
        : inner,
    ) ?? 'null',
  )

describe('apply: server-side apply', () => {
  it('merges as one would by hand', () => {
    fc.assert(
      fc.property(object, object, (live, config) => {
        const merged = merge(live, config, type)
        assert.deepEqual(sorted(full(merged)), sorted(full(plainly(live, config, ''))))
      }),
    )
  })

  it('done twice is done once', () => {
    fc.assert(
      fc.property(object, object, (first, config) => {
        const stored = new Stored()
        stored.update('them', first)
        stored.apply('me', config)
        const { object: after, managers } = stored
        stored.apply('me', config, false)
        assert.deepEqual(stored.object, after)
        assert.deepEqual([...stored.managers], [...managers])
      }),
    )
  })

  it('leaves an object in which all that was said stands', () => {
    fc.assert(
      fc.property(object, object, object, (first, before, config) => {
        const stored = new Stored()
        stored.update('them', first)
        stored.apply('me', before)
        stored.apply('me', config)
        const { modified, removed } = compare(config, stored.object, type)
        assert.deepEqual([paths(modified), paths(removed)], [[], []])
        assert.deepEqual(stored.fields('me'), fieldsOf(config, type))
      }),
    )
  })

  it('removes what its manager no longer says, and nothing that others own', () => {
    fc.assert(
      fc.property(object, object, object, (theirs, mine, later) => {
        const stored = new Stored()
        stored.update('them', theirs)
        stored.apply('me', mine)
        const owned = paths(stored.fields('them', 'Update')).map(text)
        stored.apply('me', later)
        const there = new Set(paths(fieldsOf(stored.object, type)).map(text))
        const saidNow = paths(fieldsOf(later, type)).map(text)
        for (const path of paths(fieldsOf(mine, type)))
          if (
            !saidNow.includes(text(path)) &&
            !owned.some((other) => other.startsWith(text(path).slice(0, -1)))
          )
            if (!saidNow.some((other) => other.startsWith(text(path).slice(0, -1))))
              assert.equal(there.has(text(path)), false, `${text(path)} is still there`)
        for (const path of paths(stored.fields('them', 'Update')))
          if (isLeaf(stored.object, path)) assert.ok(there.has(text(path)), `${text(path)} is gone`)
      }),
    )
  })

  it('does not touch fields that it never spoke of, owned or not', () => {
    fc.assert(
      fc.property(object, object, object, (first, config, later) => {
        const stored = new Stored()
        stored.object = first
        stored.apply('me', config)
        stored.apply('me', later)
        for (const [field, value] of Object.entries(first))
          if (!(field in config) && !(field in later)) assert.deepEqual(stored.object[field], value)
      }),
    )
  })

  it('removes a field with all that was filled in below it once nobody says anything of it', () => {
    const stored = new Stored()
    stored.apply('me', { inner: { one: 'x' } } as unknown as KubernetesObject)
    stored.object = {
      inner: { one: 'x', list: [{ name: 'default' }] },
    } as unknown as KubernetesObject
    stored.apply('me', {} as KubernetesObject)
    assert.equal(stored.object.inner, undefined)
  })

  it('of two who speak of different things comes to the same, whoever is first', () => {
    fc.assert(
      fc.property(object, object, (mine, theirs) => {
        const { one, map } = mine
        const { two, list: items, inner } = theirs
        const left = drop({ one, map }) as unknown as KubernetesObject
        const right = drop({ two, list: items, inner }) as unknown as KubernetesObject
        const [first, second] = [new Stored(), new Stored()]
        first.apply('me', left, false)
        first.apply('them', right, false)
        second.apply('them', right, false)
        second.apply('me', left, false)
        assert.deepEqual(sorted(first.object), sorted(second.object))
        assert.deepEqual(first.fields('me'), second.fields('me'))
        assert.deepEqual(first.fields('them'), second.fields('them'))
      }),
    )
  })

  it('conflicts exactly where another value is owned by somebody else', () => {
    fc.assert(
      fc.property(object, object, (theirs, mine) => {
        const stored = new Stored()
        stored.apply('them', theirs)
        const { modified, added } = compare(stored.object, merge(stored.object, mine, type), type)
        const changed = new Set([...paths(modified), ...paths(added)].map(text))
        const owned = paths(stored.fields('them')).map(text)
        const expected = owned.filter((path) => changed.has(path)).length > 0
        let conflict = false
        try {
          stored.apply('me', mine, false)
        } catch (error) {
          assert.ok(error instanceof ApplyConflict)
          conflict = true
        }
        assert.equal(conflict, expected)
      }),
    )
  })

  it('shares fields of the same value without a conflict', () => {
    const stored = new Stored()
    const config = { one: 'x', list: [{ name: 'a', value: 'x' }] } as unknown as KubernetesObject
    stored.apply('them', config, false)
    stored.apply('me', config, false)
    assert.deepEqual(stored.fields('me'), stored.fields('them'))
    stored.apply('me', {} as KubernetesObject, false)
    assert.deepEqual(stored.object, config)
  })

  it('keeps the order of what it says, and the others behind those they followed', () => {
    const names = (stored: Stored) =>
      (stored.object.list as { name: string }[]).map(({ name }) => name).join('')
    const of = (letters: string) =>
      ({ list: [...letters].map((name) => ({ name })) }) as unknown as KubernetesObject
    const stored = new Stored()
    stored.apply('them', of('abcd'), false)
    stored.apply('me', of('dxb'), false)
    assert.equal(names(stored), 'acdxb')
    stored.apply('me', of('bd'), false)
    assert.equal(names(stored), 'acbd')
  })
})

describe('apply: without a schema', () => {
  it('null leaves an object as it is, and takes the place of anything else', () => {
    const stored = new Stored({ kind: 'deduced' })
    stored.update('them', { a: { b: 1 }, c: [1], d: 'x', e: {} } as unknown as KubernetesObject)
    stored.apply('me', { a: null, c: null, d: null, e: null } as unknown as KubernetesObject)
    assert.deepEqual(stored.object, { a: { b: 1 }, c: null, d: null, e: null })
  })
})

describe('apply: writes that are no apply', () => {
  it('own what they change, and take it from everybody', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const stored = new Stored()
        stored.apply('them', before)
        const { modified, added, removed } = compare(stored.object, after, type)
        stored.update('me', after)
        const mine = new Set(paths(stored.fields('me', 'Update')).map(text))
        assert.deepEqual(mine, new Set([...paths(modified), ...paths(added)].map(text)))
        const theirs = new Set(paths(stored.fields('them')).map(text))
        for (const path of [...mine, ...paths(removed).map(text)]) assert.ok(!theirs.has(path))
      }),
    )
  })

  it('that change nothing make nobody an owner', () => {
    fc.assert(
      fc.property(object, (same) => {
        const stored = new Stored()
        stored.apply('them', same)
        const managers: [string, Manager][] = [...stored.managers]
        stored.update('me', structuredClone(stored.object))
        assert.deepEqual([...stored.managers], managers)
      }),
    )
  })
})

const drop = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

/** Whether a path leads to a value with nothing in it that a set of fields would tell apart. */
function isLeaf(object: unknown, path: readonly string[]): boolean {
  let value = object
  for (const element of path) {
    if (value === undefined || value === null) return true
    if (element.startsWith('f:')) value = (value as Record<string, unknown>)[element.slice(2)]
    else if (element.startsWith('k:')) {
      const { name } = JSON.parse(element.slice(2)) as { name: string }
      value = (value as { name: string }[]).find((one) => one.name === name)
    } else return true
  }
  return typeof value === 'string'
}
