/** Runs the controller of websites: `node crds/website/main.ts --help`. */

import { main } from '../../controllers/framework/index.ts'
import { websiteController } from './controller.ts'
import { Website } from './kind.ts'

await main(
  { name: 'website', kinds: [Website], controllers: [websiteController] },
  process.argv.slice(2),
)
