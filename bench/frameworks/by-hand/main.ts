/**
 * The same controller on the client's informers alone, as carefully as one writes it who knows what they leave to do:
 * a queue without duplicates, retries with back-off, informers that are started again, own writes that do not loop.
 */

import {
  CoreV1Api,
  CustomObjectsApi,
  type Informer,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1OwnerReference,
  type V1Service,
} from '@kubernetes/client-node'

interface Parent extends KubernetesObject {
  spec: { text: string }
  status?: { text?: string; address?: string }
}

const group = 'compare.example.com'
const version = 'v1'
const plural = 'parents'
const finalizer = 'compare.example.com/by-hand'
const manager = 'by-hand'

const config = new KubeConfig()
config.loadFromDefault()
const core = config.makeApiClient(CoreV1Api)
const custom = config.makeApiClient(CustomObjectsApi)
const objects = KubernetesObjectApi.makeApiClient(config)

type Source<T extends KubernetesObject> = Informer<T> & {
  get(name: string, namespace?: string): T | undefined
  list(namespace?: string): ReadonlyArray<T>
}
const keyOf = ({ metadata }: KubernetesObject) => `${metadata?.namespace}/${metadata?.name}`

// The queue: a key waits once, runs once at a time, and runs again if it was added meanwhile.
const concurrency = 4
const waiting = new Set<string>()
const running = new Set<string>()
const again = new Set<string>()
const failures = new Map<string, number>()

function add(key: string) {
  if (running.has(key)) again.add(key)
  else waiting.add(key)
  setImmediate(pump)
}

function pump() {
  for (const key of waiting) {
    if (running.size >= concurrency) return
    waiting.delete(key)
    running.add(key)
    reconcile(key)
      .then(() => failures.delete(key))
      .catch((error: unknown) => {
        const count = (failures.get(key) ?? 0) + 1
        failures.set(key, count)
        console.error(`${key}: ${error instanceof Error ? error.message : error}`)
        setTimeout(() => add(key), Math.min(5 * 2 ** count, 300_000))
      })
      .finally(() => {
        running.delete(key)
        if (again.delete(key)) waiting.add(key)
        pump()
      })
  }
}

// Informers end at any error: each is started again, and says whom a change concerns.
function follow<T extends KubernetesObject>(
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
  concerns: (object: T) => string | undefined,
): Source<T> {
  const informer = makeInformer<T>(config, path, list) as Source<T>
  const changed = (object: T) => {
    const key = concerns(object)
    if (key) add(key)
  }
  informer.on('add', changed)
  informer.on('update', changed)
  informer.on('delete', changed)
  const start = () => {
    informer.start().catch((error: unknown) => {
      console.error(`${path}: ${error instanceof Error ? error.message : error}`)
      setTimeout(start, 1_000)
    })
  }
  informer.on('error', () => setTimeout(start, 1_000))
  start()
  return informer
}

const ownerOf = (object: KubernetesObject) => {
  const owner = object.metadata?.ownerReferences?.find(
    ({ controller, kind }) => controller && kind === 'Parent',
  )
  return owner && `${object.metadata?.namespace}/${owner.name}`
}
const parents = follow<Parent>(
  `/apis/${group}/${version}/${plural}`,
  () => custom.listClusterCustomObject({ group, version, plural }),
  keyOf,
)
const configMaps = follow<V1ConfigMap>(
  '/api/v1/configmaps',
  () => core.listConfigMapForAllNamespaces(),
  ownerOf,
)
const services = follow<V1Service>(
  '/api/v1/services',
  () => core.listServiceForAllNamespaces(),
  ownerOf,
)

async function reconcile(key: string): Promise<void> {
  const [namespace = '', name = ''] = key.split('/')
  const parent = parents.get(name, namespace)
  if (!parent) return
  const finalizers = parent.metadata?.finalizers ?? []
  if (parent.metadata?.deletionTimestamp) {
    if (!finalizers.includes(finalizer)) return
    console.log(`${key}: nothing is left of it outside`)
    await setFinalizers(
      parent,
      finalizers.filter((one) => one !== finalizer),
    )
    return
  }
  if (!finalizers.includes(finalizer)) return setFinalizers(parent, [...finalizers, finalizer])
  const ownerReferences: V1OwnerReference[] = [
    {
      apiVersion: `${group}/${version}`,
      kind: 'Parent',
      name,
      uid: parent.metadata?.uid ?? '',
      controller: true,
      blockOwnerDeletion: true,
    },
  ]
  const metadata = { name, namespace, ownerReferences }
  // What is there already as it should be is not written again: every write would come back as an event.
  if (configMaps.get(name, namespace)?.data?.text !== parent.spec.text)
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text: parent.spec.text } })
  let service = services.get(name, namespace)
  if (!service)
    service = await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { parent: name }, ports: [{ port: 80 }] },
    } as V1Service)
  const status = { text: parent.spec.text, address: service.spec?.clusterIP }
  if (parent.status?.text === status.text && parent.status?.address === status.address) return
  await custom.patchNamespacedCustomObjectStatus(
    { group, version, plural, namespace, name, body: { status } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  )
}

const apply = <T extends KubernetesObject>(object: T): Promise<T> =>
  objects.patch(
    object as never,
    undefined,
    undefined,
    manager,
    true,
    PatchStrategy.ServerSideApply,
  ) as never

async function setFinalizers({ metadata }: Parent, finalizers: string[]): Promise<void> {
  const { name = '', namespace = '', resourceVersion } = metadata ?? {}
  await custom.patchNamespacedCustomObject(
    {
      group,
      version,
      plural,
      namespace,
      name,
      body: { metadata: { resourceVersion, finalizers } },
    },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  )
}
