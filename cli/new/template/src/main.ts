/** Runs the controller; `--help` tells how. */

import { main } from '../../../../controllers/framework/index.ts'
import { exampleController } from './controller.ts'
import { Example } from './kind.ts'

await main(
  { name: 'example', kinds: [Example], controllers: [exampleController] },
  process.argv.slice(2),
)
