/** Why pods are there and why they are gone: stock kubectl writes, and the server tells the chain that leads back to it. */

import assert from 'node:assert/strict'
import type { Lineage, Link } from '../../api/lineage.ts'
import type { Pod } from '../../api/types.ts'
import { hasProgram, need } from '../needs.ts'
import { type ClusterOptions, startCluster, type TestCluster } from './cluster.ts'

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'web:1' }] },
    },
  },
}

/** Who wrote, as which part of which program. */
const writerOf = ({ record }: Link) =>
  [record?.user, record?.cause?.by ?? record?.fieldManager].filter(Boolean).join(' ')

const lines = ({ links, end }: Lineage) => [
  ...links.map(
    (link) =>
      `${[link.kind, link.type, link.summary].filter(Boolean).join(' ')} | ${writerOf(link)}`,
  ),
  end,
]

const stores: NonNullable<ClusterOptions['storage']>[] = ['sqlite', 'etcd']

for (const storage of stores)
  describe(`why, on ${storage}`, () => {
    let cluster: TestCluster

    before(async function () {
      need(this, storage !== 'etcd' || hasProgram('etcd'), 'needs etcd')
      cluster = await startCluster({ storage, runtime: 'simulated' })
      await cluster.apply(web)
      await cluster.rolledOut('deployment/web')
    })
    after(() => cluster?.reset())

    const why = async (pod: string): Promise<Lineage> => {
      const query = `resource=pods&namespace=default&name=${pod}`
      return JSON.parse(await cluster.kubectl(['get', '--raw', `/tiphys/v1/why?${query}`]))
    }
    /** Of those that are there to stay. */
    const podNames = async () => {
      const { items } = await cluster.get<{ items: Pod[] }>('pods -l app=web')
      return items.flatMap(({ metadata: { name = '', deletionTimestamp } }) =>
        deletionTimestamp ? [] : [name],
      )
    }
    const manager = 'system:kube-controller-manager'

    it('pods are there, and others gone, because somebody has set another image', async () => {
      const [old = ''] = await podNames()
      await cluster.kubectl(['set', 'image', 'deployment/web', 'app=web:2'])
      await cluster.rolledOut('deployment/web')
      await cluster.waitFor(`pod/${old}`, 'delete')
      const author = 'Deployment updated image web 1 -> 2 | kubernetes-admin kubectl-set'
      const [made = ''] = await podNames()
      const [pod, set, ...rest] = lines(await why(made))
      assert.equal(pod, `Pod created image web:2 | ${manager} replicaset`)
      assert.match(set ?? '', /^ReplicaSet (created image web:2|updated replicas 1 -> 2) \| /)
      assert.deepEqual(rest, [author, 'author'])
      const [end, shrunk, ...began] = lines(await why(old))
      assert.equal(end, `Pod deleted | ${manager} replicaset`)
      assert.match(shrunk ?? '', /^ReplicaSet updated replicas (2 -> 1|1 -> 0) \| .* deployment$/)
      assert.deepEqual(began, [author, 'author'])
    })

    it('a pod is gone because somebody wants fewer', async () => {
      const [cheap = ''] = await podNames()
      const cost = 'controller.kubernetes.io/pod-deletion-cost=-1'
      await cluster.kubectl(['annotate', 'pod', cheap, cost])
      await cluster.kubectl(['scale', 'deployment/web', '--replicas=1'])
      await cluster.waitFor(`pod/${cheap}`, 'delete')
      const { links } = await why(cheap)
      assert.deepEqual(
        links.map(({ kind, type, summary }) => [kind, type, summary]),
        [
          ['Pod', 'deleted', undefined],
          ['ReplicaSet', 'updated', 'replicas 2 -> 1'],
          ['Deployment', 'updated', 'replicas 2 -> 1'],
        ],
      )
      const { user, userAgent, subresource } = links.at(-1)?.record ?? {}
      assert.deepEqual([user, subresource], ['kubernetes-admin', 'scale'])
      assert.match(userAgent ?? '', /^kubectl\//)
    })

    it('a node says on account of which pod it writes', async () => {
      const [name = ''] = await podNames()
      const query = `resource=pods&namespace=default&name=${name}&path=status.phase`
      const told = await cluster.kubectl(['get', '--raw', `/tiphys/v1/why?${query}`])
      const [link] = (JSON.parse(told) as Lineage).links
      assert.match(link?.record?.user ?? '', /^system:node:/)
      assert.equal(link?.record?.cause?.for?.name, name)
    })
  })
