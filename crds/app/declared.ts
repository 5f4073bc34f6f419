/** What the controller of apps reads and writes; its roles follow from this. */

import {
  type ContextOf,
  controller,
  Deployment,
  HorizontalPodAutoscaler,
  Node,
  Pod,
  Secret,
  Service,
} from '../../controllers/framework/index.ts'
import { App } from './kind.ts'
import { pullSecretType } from './registry/credentials.ts'
import { appLabel } from './release.ts'

export const declared = controller(App)
  .owns(Deployment)
  .owns(Service)
  .owns(HorizontalPodAutoscaler)
  .reads(Pod, { labelSelector: appLabel })
  .reads(Node)
  .watches(
    Secret,
    ({ metadata: { namespace = '', name } }, read) =>
      read(App)
        .list({ namespace })
        .filter(({ spec }) => spec.pullSecret === name)
        .map((app) => ({ namespace, name: app.metadata.name! })),
    { fieldSelector: `type=${pullSecretType}` },
  )
  // Runs wait for registries: one that hangs must not keep the others' apps waiting.
  .concurrency(16)

export type Context = ContextOf<typeof declared>
