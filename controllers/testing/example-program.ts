/** The smallest whole program, for the tests of programs: copies a text into a ConfigMap. */

import { ConfigMap, controller, kind, main, object, string } from '../framework/index.ts'

export const Copy = kind({ group: 'demo.example.com', name: 'Copy' }).version('v1', {
  spec: object({ text: string() }),
})

const copy = controller(Copy)
  .owns(ConfigMap)
  .reconcile(async ({ metadata: { name }, spec: { text } }, { apply }) => {
    await apply(ConfigMap, { metadata: { name }, data: { text } })
  })

export const program = { name: 'example', kinds: [Copy], controllers: [copy] }

if (import.meta.main) await main(program, process.argv.slice(2))
