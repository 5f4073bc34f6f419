/** Runs it as any controller is run. */

import { main } from '../../../controllers/framework/index.ts'
import { Parent, parentController } from './controller.ts'

await main(
  { name: 'parent', kinds: [Parent], controllers: [parentController] },
  process.argv.slice(2),
)
