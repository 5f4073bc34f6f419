import assert from 'node:assert/strict'
import {
  ConfigMap,
  controller,
  int,
  kind,
  type ObjectOf,
  object,
} from '../../controllers/framework/index.ts'
import { create, patch, remove, sieve } from './index.ts'

const Shelf = kind({ group: 'demo.example.com', name: 'Shelf', plural: 'shelves' }).version('v1', {
  spec: object({ books: int().min(0).default(1) }),
  status: object({ books: int().optional() }),
})
type Shelf = ObjectOf<typeof Shelf>

/** One ConfigMap a book. */
const shelves = controller(Shelf)
  .owns(ConfigMap)
  .reconcile(async (shelf, { read, apply, remove, status }) => {
    const { name = '', uid = '' } = shelf.metadata
    for (let book = 0; book < shelf.spec.books; book++)
      await apply(ConfigMap, { metadata: { name: `${name}-${book}` }, data: { title: 'one' } })
    for (const book of read(ConfigMap).ownedBy(uid)) {
      const number = Number(book.metadata.name?.split('-')[1])
      const because = (now: Shelf | undefined) => now !== undefined && number >= now.spec.books
      if (number >= shelf.spec.books) await remove(ConfigMap, book, { because })
    }
    status({ books: shelf.spec.books })
    return undefined
  })

const scenario = [
  create(Shelf, { metadata: { name: 'a' }, spec: { books: 1 } }),
  patch(Shelf, 'a', { spec: { books: 3 } }),
  patch(Shelf, 'a', { spec: { books: 2 } }),
  remove(Shelf, 'a'),
]

describe('a sieve', () => {
  it('lets a controller pass that bears everything', async function () {
    this.timeout(60_000)
    const began = performance.now()
    const sifted = await sieve({
      kinds: [Shelf],
      controllers: [shelves],
      scenario,
    })
    console.log(sifted, performance.now() - began)
    assert.equal(sifted.tried, sifted.plans)
  })
})
