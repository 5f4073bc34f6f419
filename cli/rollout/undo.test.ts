import assert from 'node:assert/strict'
import {
  controllerReference,
  Deployment,
  isConflict,
  ReplicaSet,
} from '../../controllers/framework/index.ts'
import { startTestServer, type TestServer } from '../../controllers/testing/test-server.ts'
import { revisionAnnotation } from '../../rollouts/revision.ts'
import { templateOf } from '../../rollouts/testing/sketch.ts'
import { undoOf } from '../../rollouts/undo.ts'

const ref = { namespace: 'default', name: 'web' }
const selector = { matchLabels: { app: 'web' } }

describe('the write of an undo', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer()
    const deployment = await server.cluster.create(Deployment, {
      metadata: { ...ref, annotations: { [revisionAnnotation]: '2', kept: 'no' } },
      spec: { selector, template: templateOf('web:2') },
    })
    for (const revision of [1, 2])
      await server.cluster.create(ReplicaSet, {
        metadata: {
          namespace: 'default',
          name: `web-${revision}`,
          annotations: { [revisionAnnotation]: String(revision) },
          ownerReferences: [controllerReference(Deployment, deployment)],
        },
        spec: { selector, template: templateOf(`web:${revision}`) },
      })
  })
  afterEach(() => server.close())

  const plan = async () => {
    const deployment = await server.cluster.get(Deployment, ref)
    const { items } = await server.cluster.list(ReplicaSet, { namespace: 'default' })
    return undoOf(deployment!, items)
  }
  const write = ({ operations }: Awaited<ReturnType<typeof plan>>) =>
    server.cluster.patch(Deployment, ref, { type: 'json', operations })

  it('brings back the template of then', async () => {
    const { metadata, spec } = await write(await plan())
    assert.equal(spec?.template.spec?.containers[0]?.image, 'web:1')
    assert.match(metadata.annotations?.['kubernetes.io/change-cause'] ?? '', /^undo to \w+ \(image/)
    assert.equal(metadata.annotations?.[revisionAnnotation], '2')
    assert.equal(metadata.annotations?.kept, undefined)
  })

  it('is refused as a conflict when the deployment has changed meanwhile', async () => {
    const stale = await plan()
    const body = { metadata: { labels: { changed: 'yes' } } }
    await server.cluster.patch(Deployment, ref, { type: 'merge', body })
    await assert.rejects(write(stale), isConflict)
    const { spec } = (await server.cluster.get(Deployment, ref))!
    assert.equal(spec?.template.spec?.containers[0]?.image, 'web:2')
  })
})
