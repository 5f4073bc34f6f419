/**
 * Runs the controller of apps: `node crds/app/main.ts --help`. Where registries shall tell of pushes, two variables say:
 * `APP_NOTIFICATIONS_LISTEN`, an `ADDRESS:PORT`, and `APP_NOTIFICATIONS_TOKEN_FILE`, a file with the token they send.
 */

import { readFileSync } from 'node:fs'
import { Subject } from 'rxjs'
import { main } from '../../controllers/framework/index.ts'
import { appController } from './controller.ts'
import type { Push } from './followers.ts'
import { App } from './kind.ts'
import { httpRegistry } from './registry/http-registry.ts'
import { notificationServer } from './registry/notification-server.ts'

const pushes = new Subject<Push>()

function listenFor(listen: string, tokenFile: string | undefined) {
  if (!tokenFile)
    throw new Error('APP_NOTIFICATIONS_LISTEN wants APP_NOTIFICATIONS_TOKEN_FILE beside it')
  const token = readFileSync(tokenFile, 'utf8').trim()
  return notificationServer({ listen, token, onPush: (push) => pushes.next(push) })
}

const { APP_NOTIFICATIONS_LISTEN: listen, APP_NOTIFICATIONS_TOKEN_FILE: tokenFile } = process.env
const program = {
  name: 'app',
  kinds: [App],
  controllers: [appController({ registry: httpRegistry(), pushes })],
  whileLeading: listen ? [listenFor(listen, tokenFile)] : [],
}
await main(program, process.argv.slice(2))
