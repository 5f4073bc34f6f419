import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Revision } from '../storage/storage.ts'
import { encodeObject } from './encode.ts'
import { ObjectIndex } from './object-index.ts'
import { ParsedObjects } from './parsed-objects.ts'
import { difference } from './relist.ts'
import { FieldReader, Version } from './version.ts'

const context = { fields: new FieldReader({}), parsed: new ParsedObjects(10, false) }

/** An object whose uid tells which of the key's lives it is. */
function version(name: string, created: Revision, modified: Revision): Version {
  const metadata = { name, uid: `${name}-${created}` }
  const value = encodeObject({ kind: 'K', apiVersion: 'v1', metadata })
  return Version.of({ key: `/k/${name}`, value, created, modified }, 'ADDED', context)
}

type State = Map<string, { created: Revision; modified: Revision }>

function play(state: State, from: Revision, steps: { name: string; remove: boolean }[]): Revision {
  let revision = from
  for (const { name, remove } of steps) {
    const known = state.get(name)
    if (remove && !known) continue
    revision++
    if (remove) state.delete(name)
    else state.set(name, { created: known?.created ?? revision, modified: revision })
  }
  return revision
}

function indexOf(state: State): ObjectIndex {
  const index = new ObjectIndex('/k/', [])
  for (const [name, { created, modified }] of state) index.set(version(name, created, modified))
  return index
}

const steps = fc.array(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), remove: fc.boolean() }),
  { maxLength: 25 },
)

describe('what watchers missed', () => {
  it('leads from the old state to the new one, each change at a revision of its own', () => {
    fc.assert(
      fc.property(steps, steps, (before, missed) => {
        const state: State = new Map()
        const from = play(state, 1, before)
        const old = indexOf(state)
        const to = play(state, from, missed)
        const now = indexOf(state)
        const shown = new Map([...old].map((one) => [one.key, one.revision]))
        let last = from
        for (const change of difference(old, now, from, to)) {
          assert.ok(change.revision > last, `${change.revision} after ${last}`)
          assert.ok(change.revision <= to)
          last = change.revision
          const key = (change.after ?? change.before)?.key ?? ''
          assert.equal(change.before?.revision, shown.get(key), key)
          if (change.after) shown.set(key, change.after.revision)
          else shown.delete(key)
        }
        assert.deepEqual(shown, new Map([...now].map((one) => [one.key, one.revision])))
      }),
      { numRuns: 300 },
    )
  })
})
