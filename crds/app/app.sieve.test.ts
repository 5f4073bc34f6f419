import { create, patch, remove, type Subject, sieve, wait } from '../../world/index.ts'
import { appController } from './controller.ts'
import { App } from './kind.ts'
import { broken, crashes, digest, FakeRegistry } from './testing.ts'

const image = (tag: string) => ({ spec: { image: `127.0.0.1:5000/shop:${tag}` } })

const registry = new FakeRegistry()
registry.push('shop', 'v1', digest('1'))
registry.push('shop', 'v2', digest('2'))
registry.push('shop', 'broken', crashes)

const shop = {
  apiVersion: 'demo.example.com/v1',
  kind: 'App',
  metadata: { name: 'shop' },
  spec: { ...image('v1').spec, port: 8080, progressDeadlineSeconds: 20, scale: { min: 2, max: 3 } },
} as const

const rolling: Subject = {
  kinds: [App],
  controllers: () => [appController({ registry })],
  builtIn: ['deployment', 'replicaset', 'scheduler', 'serviceaccount', 'garbage-collector'],
  nodes: 1,
  objects: broken,
  // Revisions are numbered, and a number is never used again.
  except: ['rollback'],
  scenario: [
    create(App, shop),
    patch(App, 'shop', image('v2')),
    patch(App, 'shop', image('broken')),
    wait('2m'),
    patch(App, 'shop', { spec: { scale: { min: 1, max: 1 } } }),
    remove(App, 'shop'),
  ],
}

describe('an app whose controller crashes, loses answers and sees old things', function () {
  this.timeout(120_000)

  it('ends where it would have ended', async () => {
    await sieve({ ...rolling, maxPlans: 8 })
  })
})
