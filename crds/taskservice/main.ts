/** Runs the controllers of task services: `node crds/taskservice/main.ts --help`. */

import { main } from '../../controllers/framework/index.ts'
import { taskService } from './task-service.ts'

await main(taskService, process.argv.slice(2))
