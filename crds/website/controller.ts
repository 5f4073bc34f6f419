/** Makes the cluster as a website says and tells how far it has come. All it writes is owned: deletion needs no code. */

import {
  ConfigMap,
  controller,
  Deployment,
  Service,
  terminal,
} from '../../controllers/framework/index.ts'
import { Website } from './kind.ts'
import { addressOf, contentHash, pagesOf, selectorOf, serversOf, urlOf } from './parts.ts'

export const websiteController = controller(Website)
  .owns(ConfigMap)
  .owns(Deployment)
  .owns(Service)
  .reconcile(async (site, { apply, status }) => {
    const odd = Object.keys(site.spec.pages).find((file) => !/^[\w.-]{1,253}$/.test(file))
    if (odd !== undefined) {
      const message = `${odd} cannot be the name of a file`
      status.condition('Ready', false, 'BadFileName', message)
      throw terminal(message)
    }

    const pages = pagesOf(site)
    await apply(ConfigMap, pages)
    const servers = await apply(Deployment, serversOf(site, contentHash(pages)))
    await apply(Service, addressOf(site))

    const ready = servers.status?.readyReplicas ?? 0
    status({ ready, url: urlOf(site), selector: selectorOf(site) })
    const rolledOut = isRolledOut(servers)
    status.condition(
      'Ready',
      rolledOut,
      rolledOut ? 'RolledOut' : 'RollingOut',
      `${ready} of ${site.spec.replicas} servers answer`,
    )
  })

/** Every server shows what the website says now, and no other is left. */
function isRolledOut({ metadata, spec, status = {} }: Deployment): boolean {
  const { observedGeneration, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status
  return (
    observedGeneration === metadata.generation &&
    [replicas, updatedReplicas, readyReplicas].every((count) => count === spec?.replicas)
  )
}
