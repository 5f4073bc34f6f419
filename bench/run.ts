/** The benchmarks as a program. */

import { main } from './main.ts'

process.exitCode = (await main(process.argv.slice(2))) > 0 ? 1 : 0
