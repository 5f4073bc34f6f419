import assert from 'node:assert/strict'
import { Deployment, HorizontalPodAutoscaler, Service } from '../../controllers/framework/index.ts'
import type { World } from '../../world/index.ts'
import { App } from './kind.ts'
import { crashes, digest, FakeRegistry, hangs, startAppWorld } from './testing.ts'

const shop = (spec: object = {}) => ({
  apiVersion: 'demo.example.com/v1',
  kind: 'App',
  metadata: { name: 'shop' },
  spec: { image: '127.0.0.1:5000/shop:live', port: 8080, ...spec },
})

const repository = '127.0.0.1:5000/shop'

describe('an app', () => {
  let registry: FakeRegistry
  let world: World
  beforeEach(async () => {
    registry = new FakeRegistry()
    registry.push('shop', 'live', digest('1'))
    world = await startAppWorld(registry)
  })
  afterEach(() => world?.close())

  const app = () => world.get(App, 'shop')
  const status = async () => (await app()).status ?? {}
  const condition = async (type: string) => {
    const found = (await status()).conditions?.find((each) => each.type === type)
    return found ? `${found.status} ${found.reason}` : undefined
  }
  const images = async () => {
    const { spec } = await world.get(Deployment, 'shop')
    return spec?.template.spec?.containers.map(({ image }) => image)
  }
  const outcomes = async () =>
    (await status()).history?.map(({ revision, outcome }) => `${revision} ${outcome}`)
  const up = async (spec: object = {}) => {
    await world.apply(shop(spec))
    await world.converge()
  }

  it('is an image that answers at a URL', async () => {
    await up({ healthPath: '/ready', env: [{ name: 'MODE', value: 'shop' }] })
    assert.deepEqual(await images(), [`${repository}@${digest('1')}`])
    const { url, revision, image, history } = await status()
    assert.equal(url, 'http://shop.default.svc/')
    assert.equal(revision, 1)
    assert.deepEqual(image, {
      reference: '127.0.0.1:5000/shop:live',
      resolved: digest('1'),
      digest: digest('1'),
      lastGood: digest('1'),
    })
    assert.equal(history?.[0]?.outcome, 'Good')
    assert.equal(await condition('Ready'), 'True Answers')
    assert.equal(await condition('Progressing'), 'True RolledOut')
    assert.equal(await condition('RolledBack'), 'False NoFailure')
  })

  describe('whose tag is pushed again', () => {
    it('rolls at once when the registry tells', async () => {
      await up()
      registry.push('shop', 'live', digest('2'))
      await world.advance('5s')
      assert.deepEqual(await images(), [`${repository}@${digest('2')}`])
      await world.converge()
      assert.deepEqual(await outcomes(), ['1 Good', '2 Good'])
    })

    it('rolls soon when the registry tells of it before the tag has moved', async () => {
      await up()
      registry.tell('shop', 'live', digest('2'))
      await world.advance('4s')
      registry.push('shop', 'live', digest('2'), { told: false })
      await world.advance('1s')
      assert.deepEqual(await images(), [`${repository}@${digest('2')}`])
    })

    it('looks no longer for what it was told of and never comes', async () => {
      await up()
      registry.tell('shop', 'live', digest('2'))
      await world.advance('15s')
      const asked = registry.asked.length
      await world.advance('15s')
      assert.equal(registry.asked.length, asked)
    })

    it('rolls within minutes when nobody tells', async () => {
      await up()
      registry.push('shop', 'live', digest('2'), { told: false })
      await world.advance('3m')
      await world.converge()
      assert.deepEqual(await images(), [`${repository}@${digest('2')}`])
    })

    it('stays when another tag or repository was pushed', async () => {
      await up()
      const asked = registry.asked.length
      registry.push('shop', 'other', digest('2'))
      registry.push('shopping', 'live', digest('2'))
      await world.advance('10s')
      assert.equal(registry.asked.length, asked)
      assert.equal((await status()).revision, 1)
    })

    it('stays at a digest that its image names', async () => {
      await up({ image: `${repository}@${digest('7')}` })
      await world.advance('1h')
      assert.deepEqual(await images(), [`${repository}@${digest('7')}`])
      assert.equal(registry.asked.length, 0)
    })

    it('gives up a revision that is on its way when a newer one comes', async () => {
      await up()
      registry.push('shop', 'live', hangs)
      await world.advance('10s')
      registry.push('shop', 'live', digest('3'))
      await world.converge()
      assert.deepEqual(await outcomes(), ['1 Good', '2 Superseded', '3 Good'])
      assert.equal(await condition('RolledBack'), 'False NoFailure')
    })
  })

  describe('whose new revision fails', () => {
    const failing = async (image: string) => {
      await up({ progressDeadlineSeconds: 30 })
      registry.push('shop', 'live', image)
      await world.advance('2m')
      await world.converge()
    }

    for (const [what, image, why] of [
      ['ends over and over', crashes, /CrashLoopBackOff/],
      ['never gets ready', hangs, /timed out progressing/],
    ] as const)
      it(`returns to the last good one by itself and says why: one that ${what}`, async () => {
        await failing(image)
        assert.deepEqual(await images(), [`${repository}@${digest('1')}`])
        assert.deepEqual(await outcomes(), ['1 Good', '2 Failed'])
        const { revision, conditions, image: digests } = await status()
        assert.equal(revision, 1)
        assert.equal(digests?.resolved, image)
        assert.equal(digests?.digest, digest('1'))
        assert.equal(await condition('Ready'), 'True Answers')
        assert.equal(await condition('RolledBack'), 'True RevisionFailed')
        const back = conditions?.find(({ type }) => type === 'RolledBack')
        assert.match(
          back?.message ?? '',
          /^revision 2 \(sha256:\w{12}\) failed, revision 1 runs again/,
        )
        assert.match(back?.message ?? '', why)
      })

    it('always answers meanwhile', async () => {
      const available: number[] = []
      await up({ progressDeadlineSeconds: 30, scale: { min: 3 } })
      world.follow(({ ref, kind, after }) => {
        if (kind.kind === 'Deployment' && ref.name === 'shop')
          available.push((after as Deployment | undefined)?.status?.availableReplicas ?? 0)
      })
      registry.push('shop', 'live', crashes)
      await world.advance('3m')
      assert.ok(available.length > 2)
      assert.ok(Math.min(...available) >= 3, String(available))
    })

    it('does not try it again, also when it forgets everything but the status', async () => {
      await failing(crashes)
      const writes = world.log.length
      await world.restart()
      registry.push('shop', 'live', crashes)
      await world.advance('1h')
      const templates = world.log
        .slice(writes)
        .flatMap(({ kind, after }) => (kind.kind === 'Deployment' ? [after as Deployment] : []))
        .map(({ spec }) => spec?.template.spec?.containers[0]?.image)
      assert.ok(!templates.includes(`${repository}@${crashes}`))
      assert.deepEqual(await outcomes(), ['1 Good', '2 Failed'])
    })

    it('tries again when the tag moves on', async () => {
      await failing(crashes)
      registry.push('shop', 'live', digest('3'))
      await world.converge()
      assert.deepEqual(await outcomes(), ['1 Good', '2 Failed', '3 Good'])
      assert.equal(await condition('RolledBack'), 'False NoFailure')
    })

    it('tries the same image again with other settings or a longer deadline', async () => {
      await failing(crashes)
      await world.apply(shop({ progressDeadlineSeconds: 45 }))
      await world.advance('5s')
      assert.deepEqual(await images(), [`${repository}@${crashes}`])
      await world.converge()
      assert.deepEqual(await outcomes(), ['1 Good', '2 Failed', '3 Failed'])
      await world.apply(shop({ progressDeadlineSeconds: 45, env: [{ name: 'A', value: 'b' }] }))
      await world.advance('5s')
      assert.deepEqual(await images(), [`${repository}@${crashes}`])
    })

    it('does not try again because it is scaled', async () => {
      await failing(crashes)
      await world.apply(shop({ progressDeadlineSeconds: 30, scale: { min: 2 } }))
      await world.converge()
      assert.deepEqual(await outcomes(), ['1 Good', '2 Failed'])
      assert.equal((await status()).ready, 2)
    })

    it('is at peace again when the tag returns to what runs', async () => {
      await failing(crashes)
      registry.push('shop', 'live', digest('1'))
      await world.converge()
      assert.equal(await condition('RolledBack'), 'False NoFailure')
      assert.equal((await status()).revision, 1)
    })

    it('returns to the settings too, when those were what failed', async () => {
      await up({ progressDeadlineSeconds: 30 })
      const image = 'none.invalid/shop:live'
      await world.apply(shop({ progressDeadlineSeconds: 30, image, port: 9090 }))
      await world.advance('2m')
      await world.converge()
      const { spec } = await world.get(Deployment, 'shop')
      const [container] = spec?.template.spec?.containers ?? []
      assert.equal(container?.image, `${repository}@${digest('1')}`)
      assert.equal(container?.ports?.[0]?.containerPort, 8080)
      const back = (await status()).conditions?.find(({ type }) => type === 'RolledBack')
      assert.match(back?.message ?? '', /ImagePullBackOff|ErrImagePull/)
    })

    it('goes on with it when there is nothing to return to', async () => {
      registry.push('shop', 'live', hangs)
      await up({ progressDeadlineSeconds: 30 })
      await world.advance('2m')
      assert.deepEqual(await outcomes(), ['1 Failed'])
      assert.equal(await condition('Ready'), 'False TooFewPods')
      assert.equal(await condition('Progressing'), 'False Failed')
      registry.push('shop', 'live', digest('2'))
      await world.converge()
      assert.deepEqual(await outcomes(), ['1 Failed', '2 Good'])
    })
  })

  describe('whose registry is silent', () => {
    it('waits for the first image, and says why', async () => {
      registry.up = false
      await up()
      assert.equal(await condition('ImageResolved'), 'False RegistryUnavailable')
      assert.equal(await condition('Ready'), 'False NothingRuns')
      assert.equal(await world.find(Deployment, 'shop'), undefined)
      registry.up = true
      await world.advance('30s')
      await world.converge()
      assert.equal(await condition('Ready'), 'True Answers')
    })

    it('keeps what runs, and still takes new settings', async () => {
      await up()
      registry.up = false
      await world.apply(shop({ port: 9090 }))
      await world.converge()
      const { spec } = await world.get(Deployment, 'shop')
      const [container] = spec?.template.spec?.containers ?? []
      assert.equal(container?.image, `${repository}@${digest('1')}`)
      assert.equal(container?.ports?.[0]?.containerPort, 9090)
      assert.equal(await condition('ImageResolved'), 'False RegistryUnavailable')
      assert.equal(await condition('Ready'), 'True Answers')
    })

    it('keeps what runs when a tag does not exist', async () => {
      await up()
      await world.apply(shop({ image: `${repository}:none` }))
      await world.converge()
      assert.deepEqual(await images(), [`${repository}@${digest('1')}`])
      assert.equal(await condition('ImageResolved'), 'False ImageNotFound')
    })
  })

  it('logs in with its pull Secret, as soon as there is one', async () => {
    const secret = (password: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: {
        '.dockerconfigjson': JSON.stringify({
          auths: { '127.0.0.1:5000': { username: 'jason', password } },
        }),
      },
    })
    await up({ pullSecret: 'login' })
    assert.equal(await condition('ImageResolved'), 'False PullSecretUnusable')
    assert.equal(registry.asked.length, 0)
    await world.apply(secret('argo'))
    await world.converge()
    assert.deepEqual(registry.asked.at(-1)?.credentials, { username: 'jason', password: 'argo' })
    const { spec } = await world.get(Deployment, 'shop')
    assert.deepEqual(spec?.template.spec?.imagePullSecrets, [{ name: 'login' }])
  })

  it('remembers as many revisions as it is told, and what it returns to', async () => {
    await up({ historyLimit: 1 })
    for (const digit of '234') {
      registry.push('shop', 'live', digest(digit))
      await world.converge()
    }
    assert.deepEqual(await outcomes(), ['3 Good', '4 Good'])
  })

  describe('that is scaled', () => {
    const replicas = async () => (await world.get(Deployment, 'shop')).spec?.replicas
    const scale = async (count: number) => {
      const body = { spec: { replicas: count } }
      await world.cluster.patch(
        Deployment,
        { namespace: 'default', name: 'shop' },
        { type: 'merge', body },
        { fieldManager: 'autoscaler' },
      )
      await world.converge()
    }

    it('begins with the fewest pods', async () => {
      await up({ scale: { min: 2, max: 4 } })
      assert.equal(await replicas(), 2)
      assert.equal((await status()).ready, 2)
    })

    it('leaves the number to others within its bounds, and holds them to these', async () => {
      await up({ scale: { min: 2, max: 4 } })
      await scale(3)
      assert.equal(await replicas(), 3)
      registry.push('shop', 'live', digest('2'))
      await world.converge()
      assert.equal(await replicas(), 3, 'a roll-out keeps it')
      await scale(9)
      assert.equal(await replicas(), 4)
      await scale(1)
      assert.equal(await replicas(), 2)
    })

    it('is moved by its own bounds', async () => {
      await up({ scale: { min: 2, max: 4 } })
      await up({ scale: { min: 3, max: 4 } })
      assert.equal(await replicas(), 3)
      await up({ scale: { min: 1, max: 2 } })
      assert.equal(await replicas(), 2)
    })

    it('has an autoscaler as long as there is anything to scale', async () => {
      await up({ scale: { min: 2, max: 4 } })
      const { spec } = await world.get(HorizontalPodAutoscaler, 'shop')
      assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [2, 4])
      assert.equal(spec?.scaleTargetRef.name, 'shop')
      await up({ scale: { min: 2 } })
      assert.equal(await world.find(HorizontalPodAutoscaler, 'shop'), undefined)
    })

    it('refuses bounds that leave nothing', async () => {
      await assert.rejects(
        world.apply(shop({ scale: { min: 3, max: 2 } })),
        /min must not be greater/,
      )
    })
  })

  it('answers on the nodes when told to', async () => {
    await up({ expose: 'NodePort' })
    const port = (await world.get(Service, 'shop')).spec?.ports?.[0]?.nodePort
    assert.match((await status()).url ?? '', new RegExp(`^http://[\\d.]+:${port}/$`))
  })

  it('says what is wrong with a name that is no image', async () => {
    await up({ image: 'Shop//live' })
    const found = (await status()).conditions?.find(({ type }) => type === 'ImageResolved')
    assert.equal(found?.reason, 'InvalidImage')
    assert.match(found?.message ?? '', /"Shop\/\/live"/)
  })

  it('is not called what no Service can be called', async () => {
    for (const name of ['1shop', 'the.shop', 's'.repeat(64)])
      await assert.rejects(world.apply({ ...shop(), metadata: { name } }), /called as its Service/)
  })

  it('takes everything with it', async () => {
    await up({ scale: { min: 1, max: 2 } })
    await world.remove(App, 'shop')
    await world.converge()
    assert.deepEqual(await world.list(Deployment), [])
    assert.deepEqual(await world.list(HorizontalPodAutoscaler), [])
  })
})
