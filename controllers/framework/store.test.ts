import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { WithMeta } from './cluster.ts'
import { type Change, Store } from './store.ts'

interface Row {
  name: string
  uid: string
  version: number
  owner: string
}

const objectOf = ({ name, uid, version, owner }: Row): WithMeta => ({
  metadata: {
    namespace: 'n',
    name,
    uid,
    resourceVersion: String(version),
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Owner', name: owner, uid: owner, controller: version % 2 === 0 },
    ],
  },
})
const textOf = ({ metadata: { name, uid, resourceVersion } }: WithMeta) =>
  `${name} ${uid} ${resourceVersion}`
const changeText = (change: Change<WithMeta>) => `${change.type} ${textOf(change.object)}`
const sorted = (objects: readonly WithMeta[]) => objects.map(textOf).sort()

const row = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  uid: fc.constantFrom('1', '2'),
  version: fc.integer({ min: 1, max: 12 }),
  owner: fc.constantFrom('x', 'y'),
})
const action = fc.oneof(
  fc.record({ do: fc.constant('upsert' as const), row }),
  fc.record({ do: fc.constant('gone' as const), row }),
  fc.record({
    do: fc.constant('replace' as const),
    rows: fc.uniqueArray(row, { selector: ({ name }) => name, maxLength: 3 }),
  }),
)

describe('store', () => {
  it('tells after a list what came, what changed, what was replaced and what went meanwhile', () => {
    const store = new Store()
    const objects = ['stays', 'changes', 'goes', 'another'].map((name) =>
      objectOf({ name, uid: '1', version: 1, owner: 'x' }),
    )
    store.replace(objects)
    const changes = store.replace([
      objectOf({ name: 'stays', uid: '1', version: 1, owner: 'x' }),
      objectOf({ name: 'changes', uid: '1', version: 2, owner: 'x' }),
      objectOf({ name: 'another', uid: '2', version: 3, owner: 'x' }),
      objectOf({ name: 'comes', uid: '1', version: 4, owner: 'x' }),
    ])
    assert.deepEqual(changes.map(changeText), [
      'deleted goes 1 1',
      'updated changes 1 2',
      'deleted another 1 1',
      'added another 2 3',
      'added comes 1 4',
    ])
  })

  it('keeps its indexes as a look at every object finds them, and tells changes that lead there', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30, size: 'max' }), (actions) => {
        const store = new Store()
        store.addIndex('parity', ({ metadata }) => [String(Number(metadata.resourceVersion) % 2)])
        const known = new Map<string, WithMeta>()
        const told = new Map<string, string>()
        for (const one of actions) {
          for (const change of act(store, known, one)) tell(told, change)
          const all = [...known.values()]
          assert.deepEqual(sorted(store.list()), sorted(all))
          assert.equal(store.size, all.length)
          assert.deepEqual([...told.values()].sort(), sorted(all))
          for (const uid of ['x', 'y']) {
            const owned = all.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid)
            assert.deepEqual(sorted(store.ownedBy(uid, { any: true })), sorted(owned))
            assert.deepEqual(
              sorted(store.ownedBy(uid)),
              sorted(owned.filter(({ metadata }) => metadata.ownerReferences?.[0]?.controller)),
            )
          }
          assert.deepEqual(
            sorted(store.indexed('parity', '1')),
            sorted(all.filter(({ metadata }) => Number(metadata.resourceVersion) % 2 === 1)),
          )
        }
      }),
    )
  })
})

/** Does the same to the store and to a plain map. */
function act(
  store: Store<WithMeta>,
  known: Map<string, WithMeta>,
  one: typeof action extends fc.Arbitrary<infer T> ? T : never,
): Change<WithMeta>[] {
  switch (one.do) {
    case 'upsert': {
      const before = known.get(one.row.name)?.metadata
      const old = before?.uid === one.row.uid && one.row.version < Number(before.resourceVersion)
      const same = before?.uid === one.row.uid && one.row.version === Number(before.resourceVersion)
      const object = objectOf(one.row)
      if (!old && !same) known.set(one.row.name, object)
      return store.upsert(object)
    }
    case 'gone':
      if (known.get(one.row.name)?.metadata.uid === one.row.uid) known.delete(one.row.name)
      return store.gone(objectOf(one.row))
    case 'replace': {
      const objects = one.rows.map(objectOf)
      const same = ({ metadata: { name = '', uid, resourceVersion } }: WithMeta) => {
        const before = known.get(name)
        const isSame = before?.metadata.uid === uid
        return isSame && before?.metadata.resourceVersion === resourceVersion ? before : undefined
      }
      const next = objects.map((object) => same(object) ?? object)
      known.clear()
      for (const object of next) known.set(object.metadata.name ?? '', object)
      return store.replace(objects)
    }
    default:
      return one satisfies never
  }
}

/** What a listener that hears nothing but changes believes there is. */
function tell(told: Map<string, string>, change: Change<WithMeta>): void {
  const { name = '' } = change.object.metadata
  switch (change.type) {
    case 'added':
      assert.ok(!told.has(name), 'added twice')
      told.set(name, textOf(change.object))
      return
    case 'updated':
      assert.equal(told.get(name), textOf(change.previous))
      told.set(name, textOf(change.object))
      return
    case 'deleted':
      assert.ok(told.delete(name), 'deleted what was not there')
      return
    default:
      change satisfies never
  }
}
