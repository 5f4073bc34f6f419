/** The same controller on @dot-i/k8s-operator, as its documentation shows: one callback an event, on one queue. */

import module from '@dot-i/k8s-operator'
import k8s from '@kubernetes/client-node'

const { default: Operator, ResourceEventType } = module
const group = 'compare.example.com'
const version = 'v1'
const plural = 'parents'
const finalizer = 'compare.example.com/dot-i'

class ParentOperator extends Operator {
  async init() {
    this.custom = this.kubeConfig.makeApiClient(k8s.CustomObjectsApi)
    await this.watchResource(group, version, plural, (event) => this.onParent(event))
    for (const child of ['configmaps', 'services'])
      await this.watchResource('', 'v1', child, (event) => this.onChild(event))
  }

  async onParent(event) {
    if (event.type === ResourceEventType.Deleted) return
    const done = await this.handleResourceFinalizer(event, finalizer, async () =>
      this.logger.info(`${event.meta.name}: nothing is left of it outside`),
    )
    if (!done) await this.reconcile(event.object, event.meta)
  }

  /** A child that was changed or lost is made again as its parent wants it. */
  async onChild(event) {
    const owner = event.object.metadata.ownerReferences?.find(({ kind }) => kind === 'Parent')
    if (!owner || event.type === ResourceEventType.Added) return
    const { namespace } = event.object.metadata
    const { body: parent } = await this.custom
      .getNamespacedCustomObject(group, version, namespace, plural, owner.name)
      .catch((error) => {
        if (error.statusCode === 404) return {}
        throw error
      })
    if (!parent || parent.metadata.deletionTimestamp) return
    const { uid, resourceVersion, name } = parent.metadata
    const meta = {
      id: uid,
      name,
      namespace,
      resourceVersion,
      apiVersion: parent.apiVersion,
      kind: parent.kind,
    }
    await this.reconcile(parent, meta)
  }

  async reconcile(parent, meta) {
    const { name, namespace, uid } = parent.metadata
    const { text } = parent.spec
    const owner = {
      apiVersion: parent.apiVersion,
      kind: 'Parent',
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    }
    const metadata = { name, ownerReferences: [owner] }
    await this.ensure(
      'ConfigMap',
      { metadata, data: { text } },
      namespace,
      (found) => found.data?.text === text,
    )
    const service = await this.ensure(
      'Service',
      { metadata, spec: { selector: { parent: name }, ports: [{ port: 80 }] } },
      namespace,
      () => true,
    )
    const status = { text, address: service.spec.clusterIP }
    if (parent.status?.text === status.text && parent.status?.address === status.address) return
    await this.patchResourceStatus(meta, status)
  }

  /** Read, and create or patch. */
  async ensure(kind, object, namespace, isCurrent) {
    const { name } = object.metadata
    const found = await this.k8sApi[`readNamespaced${kind}`](name, namespace).catch((error) => {
      if (error.statusCode === 404) return undefined
      throw error
    })
    if (found && isCurrent(found.body)) return found.body
    const headers = { headers: { 'Content-Type': k8s.PatchUtils.PATCH_FORMAT_JSON_MERGE_PATCH } }
    const nothing = Array(5).fill(undefined)
    const written = found
      ? await this.k8sApi[`patchNamespaced${kind}`](name, namespace, object, ...nothing, headers)
      : await this.k8sApi[`createNamespaced${kind}`](namespace, object)
    return written.body
  }
}

const operator = new ParentOperator()
await operator.start()
process.on('SIGTERM', () => {
  operator.stop()
  process.exit(0)
})
