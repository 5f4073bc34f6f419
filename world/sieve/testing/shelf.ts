/** A kind with a controller that bears everything: one ConfigMap a book. What tests of the sieve sift. */

import {
  ConfigMap,
  type ContextOf,
  controller,
  int,
  kind,
  type ObjectOf,
  object,
} from '../../../controllers/framework/index.ts'
import { create, patch, remove } from '../steps.ts'
import type { Subject } from '../subject.ts'

export const Shelf = kind({
  group: 'demo.example.com',
  name: 'Shelf',
  plural: 'shelves',
}).version('v1', {
  spec: object({ books: int().min(0).default(1) }),
  status: object({ books: int().optional() }),
})
export type Shelf = ObjectOf<typeof Shelf>

export const builder = controller(Shelf).owns(ConfigMap)
export type ShelfContext = ContextOf<typeof builder>

export const numberOf = (name = ''): number => Number(name.split('-').at(-1))

export async function keepBooks(
  shelf: Shelf,
  { read, apply, remove, status }: ShelfContext,
): Promise<undefined> {
  const { name = '', uid = '' } = shelf.metadata
  for (let book = 0; book < shelf.spec.books; book++)
    await apply(ConfigMap, { metadata: { name: `${name}-${book}` }, data: { title: 'one' } })
  for (const book of read(ConfigMap).ownedBy(uid)) {
    const number = numberOf(book.metadata.name)
    const because = (now: Shelf | undefined) => now !== undefined && number >= now.spec.books
    if (number >= shelf.spec.books) await remove(ConfigMap, book, { because })
  }
  status({ books: shelf.spec.books })
}

export const shelves = builder.reconcile(keepBooks)

export const scenario = [
  create(Shelf, { metadata: { name: 'a' }, spec: { books: 1 } }),
  patch(Shelf, 'a', { spec: { books: 2 } }),
  patch(Shelf, 'a', { spec: { books: 1 } }),
  remove(Shelf, 'a'),
]

/** Without garbage collection, which takes most of the time. */
export const shelf: Subject = {
  kinds: [Shelf],
  controllers: [shelves],
  scenario: scenario.slice(0, 3),
  builtIn: false,
}

/** Forgets that books were ever put up, if it has to start anew on the way. */
export const forgetful: Subject = {
  builtIn: false,
  kinds: [Shelf],
  controllers: [
    builder.reconcile(async (shelf, { read, apply, status }) => {
      const { name = '', uid = '' } = shelf.metadata
      if (read(ConfigMap).ownedBy(uid).length > 0) return undefined
      for (let book = 0; book < shelf.spec.books; book++)
        await apply(ConfigMap, { metadata: { name: `${name}-${book}` }, data: { title: 'one' } })
      status({ books: shelf.spec.books })
      return undefined
    }),
  ],
  scenario: [
    create(ConfigMap, { metadata: { name: 'something-else' } }),
    create(Shelf, { metadata: { name: 'a' }, spec: { books: 2 } }),
    remove(ConfigMap, 'something-else'),
  ],
  exported: { name: 'forgetful', module: './testing/shelf.ts' },
}
