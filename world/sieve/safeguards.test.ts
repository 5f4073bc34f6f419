/** The framework without one of its safeguards: a sieve that does not notice would be none. */

import assert from 'node:assert/strict'
import { ConfigMap, type Result } from '../../controllers/framework/index.ts'
import { type Safeguard, withoutSafeguard } from '../../controllers/framework/safeguards.ts'
import { SieveError, type Subject, sieve } from './index.ts'
import { builder, scenario, shelf } from './testing/shelf.ts'

async function foundWithout(safeguard: Safeguard, subject: Subject): Promise<SieveError> {
  try {
    await withoutSafeguard(safeguard, () => sieve(subject))
  } catch (error) {
    assert.ok(error instanceof SieveError, String(error))
    return error
  }
  return assert.fail('nothing was found')
}

/** Books have names that are drawn, so each looks like any other. */
const drawn: Subject = {
  ...shelf,
  controllers: [
    builder.reconcile(async (shelf, { read, create, status }): Promise<Result> => {
      const { namespace = '', name = '', uid = '' } = shelf.metadata
      const owner = {
        apiVersion: 'demo.example.com/v1',
        kind: 'Shelf',
        name,
        uid,
        controller: true,
      }
      const metadata = { namespace, generateName: `${name}-`, ownerReferences: [owner] }
      const there = read(ConfigMap).ownedBy(uid).length
      for (let book = there; book < shelf.spec.books; book++) await create(ConfigMap, { metadata })
      status({ books: shelf.spec.books })
      return undefined
    }),
  ],
  scenario: scenario.slice(0, 2),
  only: ['unobserved', 'lost-reply'],
}

const finalizing: Subject = {
  ...shelf,
  controllers: [
    builder
      .finalize(async ({ metadata: { uid = '' } }, { read, remove }) => {
        for (const book of read(ConfigMap).ownedBy(uid))
          await remove(ConfigMap, book, {
            because: (now) => now?.metadata.deletionTimestamp !== undefined,
          })
        return undefined
      })
      .reconcile(async (shelf, { apply }) => {
        await apply(ConfigMap, { metadata: { name: `${shelf.metadata.name}-0` } })
        return undefined
      }),
  ],
  scenario: [scenario[0]!, scenario[3]!],
  only: ['crash', 'refused'],
}

describe('a sieve of the framework', function () {
  this.timeout(180_000)

  it('notices when removals are decided on an old view', async () => {
    const { oracle } = await foundWithout('live-because', shelf)
    assert.ok(oracle === 'because' || oracle === 'loss', oracle)
  })

  it('notices when a key runs again before its writes were seen', async () => {
    await sieve(drawn)
    const { oracle } = await foundWithout('parking', drawn)
    assert.ok(oracle === 'totals' || oracle === 'end state', oracle)
  })

  it('notices when a finalizer goes before the clean-up', async () => {
    await sieve(finalizing)
    const { oracle } = await foundWithout('finalizer-last', finalizing)
    assert.equal(oracle, 'finalizer')
  })
})
