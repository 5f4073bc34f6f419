import { Deployment } from '../../controllers/framework/index.ts'
import { create, type Head, patch, remove, type Subject, sieve, wait } from '../../world/index.ts'
import { appController } from './controller.ts'
import { App } from './kind.ts'
import { releaseLabel } from './release.ts'
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

const releaseOf = (deployment: Deployment | undefined) =>
  deployment?.spec?.template.metadata?.labels?.[releaseLabel]

const memoryOf = (head: Head) => head.get(App, 'shop')?.status ?? {}

/** The write that head is after gives pods another release than they had. */
const turnedTo = ({ entry }: Head): string | undefined => {
  if (entry?.kind.kind !== 'Deployment' || !entry.after) return undefined
  const [before, after] = [entry.before, entry.after].map((each) => releaseOf(each as Deployment))
  return before === after ? undefined : after
}

/** Nothing runs that the status does not tell of. */
function isRecorded(head: Head): boolean {
  const release = turnedTo(head)
  return release === undefined || !!memoryOf(head).history?.some((each) => each.release === release)
}

function triesAgainWhatFailed(head: Head): boolean {
  const release = turnedTo(head)
  const last = memoryOf(head).history?.findLast((each) => each.release === release)
  return last?.outcome === 'Failed'
}

/** What has once come up goes on answering. */
function answers(head: Head): boolean {
  const deployment = head.get(Deployment, 'shop')
  return !memoryOf(head).lastGood || !deployment || (deployment.status?.availableReplicas ?? 0) > 0
}

const rolling: Subject = {
  kinds: [App],
  controllers: () => [appController({ registry })],
  builtIn: ['deployment', 'replicaset', 'scheduler', 'serviceaccount', 'garbage-collector'],
  nodes: 1,
  objects: broken,
  always: [isRecorded, answers],
  never: [triesAgainWhatFailed],
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
