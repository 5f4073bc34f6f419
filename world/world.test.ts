import assert from 'node:assert/strict'
import { Deployment, Pod } from '../controllers/framework/index.ts'
import { startWorld } from './index.ts'

describe('a World', () => {
  it('rolls out a Deployment', async () => {
    const world = await startWorld()
    await world.apply(`{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { replicas: 3,
      selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } },
      spec: { containers: [{ name: c, image: "web:1" }] } } } }`)
    await world.converge()
    assert.equal((await world.get(Deployment, 'web')).status?.availableReplicas, 3)
    assert.equal((await world.list(Pod)).length, 3)
    await world.close()
  })
})
