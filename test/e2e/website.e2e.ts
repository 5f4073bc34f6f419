/** The website of the tutorial on real containers, with stock kubectl. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '../../api/types.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { type RunningControllers, runControllers } from './controllers.ts'
import { ask, askUntil } from './observe.ts'

const sample = readFileSync(
  join(import.meta.dirname, '../../crds/website/manifests/sample.yaml'),
  'utf8',
)

describe('a website on a real cluster', () => {
  let cluster: TestCluster
  let controllers: RunningControllers
  let url: string

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster({ storage: 'sqlite' })
    controllers = await runControllers(cluster, 'website')
    url = `http://${cluster.nodeAddress}:30081`
    await cluster.apply(sample)
    await cluster.waitFor('website/argo', 'condition=Ready')
  })
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(controllers.log)
    await controllers?.stop()
    await cluster?.reset()
  })

  const website = (page = '') => ask(`${url}/${page}`)

  it('answers with its pages', async () => {
    assert.match(await website(), /<title>Argo<\/title>\n<h1>Fifty oars<\/h1>/)
    assert.match(await website('crew.html'), /Tiphys at the helm/)
    const { spec } = await cluster.get<{ spec: { clusterIP: string } }>('service/argo')
    assert.match(await ask(`http://${spec.clusterIP}/`), /Fifty oars/)
  })

  it('says what it is to kubectl get, explain and describe', async () => {
    const table = await cluster.kubectl(['get', 'site'])
    assert.match(table, /^NAME +TITLE +REPLICAS +READY +URL/)
    assert.match(table, /argo +Argo +2 +2 +http:\/\/argo\.default\.svc\//)
    assert.match(
      await cluster.kubectl(['explain', 'website.spec.pages']),
      /index\.html.* is what visitors see first/s,
    )
    assert.match(await cluster.kubectl(['describe', 'website', 'argo']), /Reason: +RolledOut/)
  })

  it('rolls when a page changes, and answers all the time', async () => {
    const before = await pods()
    const patch = { spec: { pages: { 'index.html': '<h1>Fifty-one oars</h1>' } } }
    await cluster.kubectl(['patch', 'website/argo', '--type=merge', '-p', JSON.stringify(patch)])
    const asked: string[] = []
    for (let answer = ''; !/Fifty-one/.test(answer); asked.push(answer)) answer = await website()
    assert.ok(asked.every((answer) => /Fifty(-one)? oars/.test(answer)))
    await cluster.waitFor('website/argo', 'condition=Ready')
    await askUntil(`${url}/`, /Fifty-one/)
    const after = await pods()
    assert.ok(after.every((name) => !before.includes(name)))
  })

  it('scales with kubectl scale', async () => {
    await cluster.kubectl(['scale', 'website/argo', '--replicas=3'])
    await cluster.waitFor('website/argo', 'jsonpath={.status.ready}=3')
  })

  it('refuses what the schema forbids, in its words', async () => {
    const patch = JSON.stringify({ spec: { pages: { 'index.html': null } } })
    const args = ['patch', 'website/argo', '--type=merge', '-p', patch]
    const { code, stderr } = await cluster.tryKubectl(args)
    assert.notEqual(code, 0)
    assert.match(stderr, /a website begins with index\.html/)
  })

  it('takes all with it when it is deleted', async () => {
    await cluster.kubectl(['delete', 'website', 'argo'])
    for (const kind of ['configmap', 'deployment', 'service', 'pod'])
      await cluster.waitFor(`${kind} -l demo.example.com/website=argo`, 'delete')
  })

  it('ends when it is told to', async () => {
    assert.equal(await controllers.stop(), 0)
  })

  async function pods(): Promise<(string | undefined)[]> {
    const { items } = await cluster.get<{ items: Pod[] }>('pods -l demo.example.com/website=argo')
    return items
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name)
  }
})
