/** Makes the world as an Example says: one Deployment, named and owned by it, and a status that tells how it goes. */

import { type Applied, controller, Deployment } from '../../../../controllers/framework/index.ts'
import { Example } from './kind.ts'

export const exampleController = controller(Example)
  .owns(Deployment)
  .reconcile(async (wanted, { apply, status }) => {
    const deployment = await apply(Deployment, deploymentFor(wanted))
    const ready = deployment.status?.readyReplicas ?? 0
    const { replicas } = wanted.spec
    status({ ready })
    status.condition(
      'Ready',
      ready === replicas,
      ready === replicas ? 'AllReady' : 'RollingOut',
      `${ready} of ${replicas} pods are ready`,
    )
  })

/** A pure function of the object: easy to read, easy to test. */
function deploymentFor({ metadata, spec }: Example): Applied<Deployment> {
  const labels = { 'app.kubernetes.io/name': metadata.name }
  return {
    metadata: { name: metadata.name, labels },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: spec.image }] },
      },
    },
  }
}
