/** How node ports that are taken stand in the store: keys of their own, which no client sees. */

import { type Mark, type MarkForm, nameOf } from './ledger.ts'

export const portMarks: MarkForm = {
  prefix: '/allocations/nodeport/',
  encode(_port, object, at) {
    const mark: Mark = { name: nameOf(object), holder: String(object.metadata.uid), at }
    return Buffer.from(JSON.stringify(mark))
  },
  decode: (bytes) => JSON.parse(bytes.toString()) as Mark,
  holderOf: (_port, { metadata }) => String(metadata.uid),
}
