/** Image in, URL out: a real registry, real containers, a tag that moves and one that should not have. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from '../../api/types.ts'
import { freePort } from '../../cli/host.ts'
import { systemRandom } from '../../ports/random.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { type RunningControllers, runControllers } from './controllers.ts'
import { type ImageRegistry, startImageRegistry } from './image-registry.ts'
import { ask, askUntil, LoadLoop } from './observe.ts'

interface App {
  status?: {
    url?: string
    revision?: number
    image?: { digest?: string; lastGood?: string; resolved?: string }
    history?: { revision: number; outcome: string }[]
    conditions?: { type: string; status: string; message: string }[]
  }
}

describe('an app on a real cluster', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tiphys-app-'))
  const digests: Record<string, string> = {}
  let cluster: TestCluster
  let registry: ImageRegistry
  let controllers: RunningControllers
  let url: string

  before(async function () {
    need(this, isRoot(), 'needs root')
    for (const program of ['containerd', 'buildah', 'docker-registry'])
      need(this, hasProgram(program), `needs ${program}`)
    const listen = `127.0.0.1:${await freePort()}`
    const token = systemRandom.uuid()
    const tokenFile = join(directory, 'token')
    writeFileSync(tokenFile, token, { mode: 0o600 })
    registry = await startImageRegistry({ url: `http://${listen}/notifications`, token })
    cluster = await startCluster({ storage: 'sqlite' })
    controllers = await runControllers(cluster, 'app', {
      APP_NOTIFICATIONS_LISTEN: listen,
      APP_NOTIFICATIONS_TOKEN_FILE: tokenFile,
    })
  })
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(controllers?.log, await cluster?.kubectl(['get', 'apps', '-o', 'yaml']))
    await controllers?.stop()
    await cluster?.reset()
    await registry?.end()
    rmSync(directory, { recursive: true })
  })

  const until = (accept: (status: NonNullable<App['status']>) => boolean) =>
    cluster.waitUntil<App>('app shop', ({ status }) => status !== undefined && accept(status), {
      timeoutSeconds: 90,
    })
  const push = async (version: string, environment: Record<string, string> = {}) => {
    const digest = await registry.push('shop:live', { VERSION: version, ...environment })
    digests[version] = digest
    return digest
  }

  it('is an image in, a URL out', async () => {
    const digest = await push('v1')
    await cluster.apply({
      apiVersion: 'demo.example.com/v1',
      kind: 'App',
      metadata: { name: 'shop' },
      spec: {
        image: `${registry.host}/shop:live`,
        port: 8080,
        healthPath: '/ready',
        expose: 'NodePort',
        scale: { min: 2, max: 3 },
        minReadySeconds: 1,
        progressDeadlineSeconds: 10,
      },
    })
    const { status } = await until(({ image }) => image?.lastGood === digest)
    url = status?.url ?? ''
    assert.match(await ask(url), /^hello v1 from /)
    const { spec } = await cluster.get<Deployment>('deployment/shop')
    const [container] = spec?.template.spec?.containers ?? []
    assert.equal(container?.image, `${registry.host}/shop@${digest}`)
    assert.equal(spec?.replicas, 2)
  })

  it('rolls as soon as the tag is pushed anew, and answers every request meanwhile', async () => {
    const load = new LoadLoop(url, { workers: 2 })
    const digest = await push('v2')
    const pushed = performance.now()
    await until(({ image }) => image?.digest === digest)
    const heard = performance.now() - pushed
    await until(({ image }) => image?.lastGood === digest)
    await askUntil(url, /^hello v2 from /)
    await load.stop()
    assert.deepEqual(load.failures, [], `of ${load.requests} requests`)
    assert.ok(load.requests > 20)
    const versions = new Set([...load.answers.keys()].map((text) => text.split(' ')[1]))
    assert.deepEqual([...versions].sort(), ['v1', 'v2'])
    assert.ok(heard < 60_000, `the registry tells of it: nobody looked for ${heard} ms`)
  })

  it('returns to the last good image by itself when a new one does not get ready, and says why', async () => {
    const load = new LoadLoop(url, { workers: 2 })
    const broken = await push('v3', { READY: 'never' })
    await until(({ image }) => image?.digest === broken)
    const { status } = await until(({ conditions = [] }) =>
      conditions.some(({ type, status: holds }) => type === 'RolledBack' && holds === 'True'),
    )
    assert.equal(status?.image?.resolved, broken)
    assert.equal(status?.image?.digest, digests.v2)
    assert.deepEqual(
      status?.history?.map(({ revision, outcome }) => `${revision} ${outcome}`),
      ['1 Good', '2 Good', '3 Failed'],
    )
    const why = status?.conditions?.find(({ type }) => type === 'RolledBack')?.message ?? ''
    assert.match(why, /^revision 3 \(sha256:\w{12}\) failed, revision 2 runs again: ReplicaSet /)
    assert.match(why, /timed out progressing/)
    await cluster.rolledOut('deployment/shop')
    await load.stop()
    assert.deepEqual(load.failures, [], `of ${load.requests} requests`)
    for (const text of load.answers.keys()) assert.match(text, /^hello v2 /)
  })

  it('shows all that in kubectl get', async () => {
    const table = await cluster.kubectl(['get', 'apps'])
    assert.match(table, /^NAME +URL +READY +PODS +REVISION +ROLLED BACK +AGE/)
    assert.match(table, new RegExp(`shop +${url} +True +2 +2 +True`))
    const wide = await cluster.kubectl(['get', 'apps', '-o', 'wide'])
    assert.match(wide, /revision 3 .* failed, revision 2 runs again/)
    assert.match(await cluster.kubectl(['describe', 'app', 'shop']), /Warning +RolledBack/)
  })

  it('rolls on when the tag moves to something that works', async () => {
    const digest = await push('v4')
    await until(({ image }) => image?.lastGood === digest)
    await askUntil(url, /^hello v4 from /)
  })

  it('takes all with it when it is deleted', async () => {
    await cluster.kubectl(['delete', 'app', 'shop'])
    for (const kind of ['deployment', 'service', 'hpa', 'pod'])
      await cluster.waitFor(`${kind} -l demo.example.com/app=shop`, 'delete')
  })

  it('ends when it is told to', async () => {
    assert.equal(await controllers.stop(), 0)
  })
})
