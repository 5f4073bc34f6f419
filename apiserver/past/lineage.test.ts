import assert from 'node:assert/strict'
import type { Lineage } from '../../api/lineage.ts'
import type { ObjectVersion } from '../../api/write-record.ts'
import { CompactedError } from '../storage/storage.ts'
import { NoSuchPath } from './change-of.ts'
import { lineageOf, type Question } from './lineage.ts'
import { MadeHistory, type Wrote } from './testing/made-history.ts'

const template = (image: string) => ({ spec: { containers: [{ name: 'web', image }] } })
const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }],
})

describe('a lineage', () => {
  let history: MadeHistory
  let forbidden: Set<string>

  beforeEach(() => {
    history = new MadeHistory()
    forbidden = new Set()
  })

  async function ask(
    resource: string,
    name: string,
    more: Omit<Question, 'subject'> = {},
  ): Promise<Omit<Lineage, 'edge'> | undefined> {
    const { versions, subjects } = history
    const mayRead = async ({ name }: { name: string }) => !forbidden.has(name)
    return lineageOf(
      { versions, subjects, mayRead },
      { subject: history.subject(resource, name), ...more },
    )
  }

  /** A line a link, and how it ends. */
  async function told(...question: Parameters<typeof ask>): Promise<string[]> {
    const lineage = await ask(...question)
    if (!lineage) return ['nothing']
    const lines = lineage.links.map(({ object, type, summary, next }) =>
      [`${object.name}@${object.resourceVersion}`, type, summary, next && `(${next})`]
        .filter(Boolean)
        .join(' '),
    )
    return [...lines, lineage.end]
  }

  const deploy = (image: string, user = 'alice') => {
    const generation = image === 'web:1' ? 1 : 2
    return history.write(
      'deployments',
      'web',
      { metadata: { generation }, spec: { replicas: 2, template: template(image) } },
      { user },
    )
  }
  const progress = (name = 'web', resource = 'deployments') =>
    history.write(resource, name, { status: { at: history.revision } })
  const replicaSet = (replicas: number, cause: ObjectVersion) =>
    history.write(
      'replicasets',
      'web-1',
      {
        metadata: { generation: replicas, ...ownedBy('Deployment', 'web') },
        spec: { replicas, template: template('web:2') },
      },
      { cause: { for: cause, because: [cause] } },
    )
  const pod = (cause?: ObjectVersion, because: ObjectVersion[] = []) =>
    history.write(
      'pods',
      'web-1-a',
      { metadata: ownedBy('ReplicaSet', 'web-1'), spec: template('web:2').spec },
      cause && { cause: { for: cause, because } },
    )

  describe('of what the writers told', () => {
    it('goes from a pod to the command that began it', async () => {
      deploy('web:1')
      const changed = deploy('web:2')
      const seen = progress()
      const scaled = replicaSet(2, history.version('deployments', 'web', seen))
      progress('web-1', 'replicasets')
      const status = progress('web-1', 'replicasets')
      const made = pod(history.version('replicasets', 'web-1', status))
      assert.deepEqual(await told('pods', 'web-1-a'), [
        `web-1-a@${made} created image web:2 (told)`,
        `web-1@${scaled} created image web:2 (told)`,
        `web@${changed} updated image web 1 -> 2`,
        'author',
      ])
    })

    it('names what woke the writer', async () => {
      deploy('web:2')
      const seen = replicaSet(1, history.version('deployments', 'web', history.revision))
      const gone = history.write('pods', 'other', {})
      pod(history.version('replicasets', 'web-1', seen), [history.version('pods', 'other', gone)])
      const lineage = await ask('pods', 'web-1-a')
      assert.deepEqual(lineage?.links[0]?.because, [history.version('pods', 'other', gone)])
    })

    it('tells who woke the writer, of what the asker may read', async () => {
      deploy('web:2')
      const seen = replicaSet(1, history.version('deployments', 'web', history.revision))
      const set = history.version('replicasets', 'web-1', seen)
      history.write('pods', 'other', {})
      const woke = ['other', 'secret'].map((name) => {
        history.write('pods', name, {})
        const asked = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }
        const gone = history.write('pods', name, asked as never, {
          user: 'bob',
          cause: { by: 'x', for: set, because: [set] },
        })
        return history.version('pods', name, gone)
      })
      pod(set, [set, ...woke])
      forbidden.add('secret')
      const lineage = await ask('pods', 'web-1-a')
      const told = lineage?.links[0]?.woken?.map(({ object, type, summary, record }) => [
        object.name,
        type,
        summary,
        record?.user,
        record?.cause,
      ])
      const cause = { by: 'x', because: [] }
      assert.deepEqual(told, [['other', 'updated', 'asked to go', 'bob', cause]])
    })

    it('tells who else wrote the object that was written', async () => {
      deploy('web:2')
      const wish = history.version('deployments', 'web', history.revision)
      replicaSet(2, wish)
      const scale = (replicas: number, by: Wrote) => {
        const change = {
          metadata: { generation: history.revision },
          spec: { replicas, template: template('web:2') },
        }
        return history.write('replicasets', 'web-1', change, by)
      }
      const set = (revision: number) => history.version('replicasets', 'web-1', revision)
      const scaled = scale(5, { user: 'alice' })
      const undone = scale(2, { cause: { for: wish, because: [set(scaled)] } })
      const again = scale(3, { cause: { for: wish, because: [set(undone)] } })
      const woken = async (revision: number) => {
        const lineage = await ask('replicasets', 'web-1', { revision })
        return lineage?.links[0]?.woken?.map(({ record, summary }) => [record?.user, summary])
      }
      assert.deepEqual(await woken(undone), [['alice', 'replicas 2 -> 5']])
      assert.equal(await woken(again), undefined, 'its own write says nothing')
    })

    it('names what is wanted first, and not what kubectl notes of it', async () => {
      const applied = (text: string, data: object) =>
        history.write('nodes', 'n', {
          metadata: {
            annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text, text },
          },
          spec: data,
        })
      applied('a', { providerID: 'a' })
      applied('b', { providerID: 'b' })
      const lineage = await ask('nodes', 'n', { revision: history.revision })
      const paths = ['spec.providerID', 'metadata.annotations.text']
      assert.deepEqual(lineage?.links[0]?.changed, paths)
    })

    it('counts pods where a status does', async () => {
      deploy('web:2')
      const seen = history.version('deployments', 'web', history.revision)
      replicaSet(2, seen)
      history.write('replicasets', 'web-1', { status: { replicas: 0 } })
      const status = { replicas: 2, readyReplicas: 1 }
      const cause = { for: seen, because: [] }
      const revision = history.write('replicasets', 'web-1', { status }, { cause })
      const lineage = await ask('replicasets', 'web-1', { revision })
      assert.equal(lineage?.links[0]?.summary, 'pods 0 -> 2, ready 0 -> 1')
    })

    it('goes to the deletion of the object on whose behalf it was', async () => {
      deploy('web:2')
      replicaSet(1, history.version('deployments', 'web', history.revision))
      const made = pod(history.version('replicasets', 'web-1', history.revision))
      const gone = history.write('replicasets', 'web-1', undefined, { user: 'bob' })
      const cause = { for: history.version('replicasets', 'web-1', gone), because: [] }
      const left = history.write('pods', 'web-1-a', undefined, { cause })
      assert.ok(left > made)
      assert.deepEqual(await told('pods', 'web-1-a'), [
        `web-1-a@${left} deleted (told)`,
        `web-1@${gone} deleted`,
        'author',
      ])
    })

    it('follows what woke a writer that acts for no object of its own', async () => {
      history.write('nodes', 'n', {}, { user: 'bob' })
      const spec = { unschedulable: true, taints: [{ key: 'a', effect: 'NoExecute' }] }
      const lost = history.write('nodes', 'n', { spec }, { user: 'bob' })
      const cause = { because: [history.version('nodes', 'n', lost)] }
      const made = history.write('pods', 'p', {}, { cause })
      assert.deepEqual(await told('pods', 'p'), [
        `p@${made} created (told)`,
        `n@${lost} updated cordoned, tainted a:NoExecute`,
        'author',
      ])
    })

    it('takes a writer’s word where it does not know the version', async () => {
      const made = deploy('web:1')
      const cause = { for: history.version('deployments', 'web', ''), because: [] }
      const owned = history.write('replicasets', 'web-1', {}, { cause })
      assert.deepEqual(await told('replicasets', 'web-1'), [
        `web-1@${owned} created (told)`,
        `web@${made} created image web:1`,
        'author',
      ])
    })
  })

  describe('of what is asked', () => {
    it('begins with the last write of a path', async () => {
      deploy('web:1')
      const changed = deploy('web:2')
      for (let at = 0; at < 5; at++) progress()
      assert.deepEqual(await told('deployments', 'web', { path: 'spec.template' }), [
        `web@${changed} updated image web 1 -> 2`,
        'author',
      ])
    })

    it('tells a path from one whose name begins alike', async () => {
      const first = history.write('deployments', 'web', { spec: { replicas: 1 } }, { user: 'a' })
      history.write('deployments', 'web', { spec: { replicas: 1, replicasMore: 2 } })
      const [line] = await told('deployments', 'web', { path: 'spec.replicas' })
      assert.equal(line, `web@${first} created`)
    })

    it('is refused where no version has the path', async () => {
      deploy('web:1')
      deploy('web:2')
      for (const path of ['spec.typo', 'spec.templat', 'spec.replicas.more', 'x'])
        await assert.rejects(ask('deployments', 'web', { path }), NoSuchPath, path)
    })

    it('finds what only an older version had', async () => {
      history.write('deployments', 'web', { spec: { replicas: 1 } }, { user: 'a' })
      history.write('deployments', 'web', { spec: { paused: true, replicas: 1 } })
      const resumed = history.write('deployments', 'web', { spec: { replicas: 1 } }, { user: 'a' })
      history.write('deployments', 'web', { spec: { replicas: 2 } })
      const [line] = await told('deployments', 'web', { path: 'spec.paused' })
      assert.equal(line, `web@${resumed} updated resumed`)
    })

    it('finds items of lists by their names', async () => {
      const made = deploy('web:1')
      const path = 'spec.template.spec.containers[web].image'
      const [line] = await told('deployments', 'web', { path })
      assert.equal(line, `web@${made} created image web:1`)
    })

    it('begins with the write of a revision, and with the version there was', async () => {
      deploy('web:1')
      const changed = deploy('web:2')
      history.pass(7)
      for (const revision of [changed, changed + 7])
        assert.deepEqual(await told('deployments', 'web', { revision }), [
          `web@${changed} updated image web 1 -> 2`,
          'author',
        ])
    })

    it('begins where the deletion of what is gone was asked for', async () => {
      history.write('pods', 'p', {}, { user: 'alice' })
      const metadata = { deletionTimestamp: 'soon' }
      const asked = history.write(
        'pods',
        'p',
        { metadata },
        { user: 'bob', subresource: 'eviction' },
      )
      history.write('pods', 'p', { status: {} })
      history.write('pods', 'p', undefined, { user: 'system:node:n' })
      assert.deepEqual(await told('pods', 'p'), [`p@${asked} deleted evicted`, 'author'])
    })

    it('is nothing where there never was such an object', async () => {
      assert.equal(await ask('pods', 'p'), undefined)
    })

    it('reads little of a long history', async () => {
      deploy('web:1')
      for (let at = 0; at < 5_000; at++) progress()
      history.reads = []
      await ask('deployments', 'web', { path: 'spec.template' })
      assert.ok(history.reads.length < 30, `${history.reads.length} reads`)
    })
  })

  describe('where nothing is told', () => {
    it('infers from owners', async () => {
      const changed = deploy('web:2')
      const owner = { metadata: { generation: 1, ...ownedBy('Deployment', 'web') } }
      const made = history.write('replicasets', 'web-1', owner)
      const pods = pod()
      assert.deepEqual(await told('pods', 'web-1-a'), [
        `web-1-a@${pods} created image web:2 (inferred)`,
        `web-1@${made} created (inferred)`,
        `web@${changed} created image web:2`,
        'author',
      ])
    })

    it('ends with a person who changes what a controller owns', async () => {
      deploy('web:2')
      history.write('replicasets', 'web-1', { metadata: ownedBy('Deployment', 'web') })
      const scaled = history.write(
        'replicasets',
        'web-1',
        { spec: { replicas: 9 } },
        { user: 'bob' },
      )
      assert.deepEqual(await told('replicasets', 'web-1', { revision: scaled }), [
        `web-1@${scaled} updated`,
        'author',
      ])
    })

    const strangers: Wrote[] = [
      { user: 'system:serviceaccount:ci:deployer' },
      { user: 'system:admin' },
      { user: 'system:kube-controller-manager', impersonatedBy: 'alice' },
    ]
    for (const by of strangers)
      it(`takes ${by.impersonatedBy ?? by.user} for the hand of no owner`, async () => {
        deploy('web:2')
        const metadata = ownedBy('Deployment', 'web')
        history.write('replicasets', 'web-1', { metadata })
        const spec = { replicas: 9 }
        const scaled = history.write('replicasets', 'web-1', { spec }, by)
        assert.deepEqual(await told('replicasets', 'web-1', { revision: scaled }), [
          `web-1@${scaled} updated`,
          'author',
        ])
        const gone = history.write('replicasets', 'web-1', undefined, by)
        assert.deepEqual(await told('replicasets', 'web-1'), [`web-1@${gone} deleted`, 'author'])
      })

    it('takes a controller of the cluster for the hand of its owner', async () => {
      const changed = deploy('web:2')
      const user = 'system:serviceaccount:kube-system:deployment-controller'
      history.write('replicasets', 'web-1', { metadata: ownedBy('Deployment', 'web') })
      const gone = history.write('replicasets', 'web-1', undefined, { user })
      assert.deepEqual(await told('replicasets', 'web-1'), [
        `web-1@${gone} deleted (inferred)`,
        `web@${changed} created image web:2`,
        'author',
      ])
    })

    it('infers that what is left of an owner went because the owner had', async () => {
      deploy('web:2')
      history.write('replicasets', 'web-1', { metadata: ownedBy('Deployment', 'web') })
      const gone = history.write('deployments', 'web', undefined, { user: 'bob' })
      const left = history.write('replicasets', 'web-1', undefined)
      assert.deepEqual(await told('replicasets', 'web-1'), [
        `web-1@${left} deleted (inferred)`,
        `web@${gone} deleted`,
        'author',
      ])
    })

    it('does not take another object of the owner’s name for the owner', async () => {
      const other = { uid: 'another' }
      history.write('deployments', 'web', { metadata: other }, { user: 'alice' })
      const made = history.write('replicasets', 'web-1', { metadata: ownedBy('Deployment', 'web') })
      assert.deepEqual(await told('replicasets', 'web-1'), [`web-1@${made} created`, 'edge'])
    })

    it('comes to an end where an object owns itself', async () => {
      const made = history.write('pods', 'p', { metadata: ownedBy('Pod', 'p') })
      assert.deepEqual(await told('pods', 'p'), [`p@${made} created`, 'author'])
    })

    it('names no author where nothing tells who wrote', async () => {
      const metadata = ownedBy('Pod', 'p')
      const made = history.write('pods', 'p', { metadata }, { unrecorded: true })
      assert.deepEqual(await told('pods', 'p'), [`p@${made} created`, 'edge'])
    })
  })

  describe('of a claim that is false', () => {
    const claims: [string, () => ObjectVersion][] = [
      ['a version that never was', () => history.version('deployments', 'web', 4711)],
      ['a version of another object', () => history.version('deployments', 'web', 3)],
      ['an object that never was', () => history.version('deployments', 'none', '')],
      [
        'a kind that is not served',
        () => ({ ...history.version('deployments', 'web', 2), group: 'no.such' }),
      ],
      ['its own write', () => history.version('pods', 'p', history.revision + 1)],
    ]
    for (const [what, claimed] of claims)
      it(`is as if nothing had been said: ${what}`, async () => {
        deploy('web:1')
        history.write('pods', 'bystander', {})
        const claim = claimed()
        const cause = { for: claim, because: [history.version('deployments', 'web', 2)] }
        const made = history.write('pods', 'p', {}, { cause })
        assert.deepEqual(await told('pods', 'p'), [`p@${made} created`, 'author'])
        const lineage = await ask('pods', 'p')
        assert.equal(lineage?.links[0]?.record?.cause, undefined)
        assert.deepEqual(lineage?.links[0]?.because, [])
      })

    it('leaves the owner to infer from', async () => {
      const changed = deploy('web:1')
      const cause = { for: history.version('deployments', 'none', 2), because: [] }
      const made = history.write(
        'replicasets',
        'web-1',
        { metadata: ownedBy('Deployment', 'web') },
        { cause },
      )
      assert.deepEqual(await told('replicasets', 'web-1'), [
        `web-1@${made} created (inferred)`,
        `web@${changed} created image web:1`,
        'author',
      ])
    })

    it('of what woke is left out beside one that is true', async () => {
      const seen = deploy('web:1')
      const other = history.write('pods', 'other', {})
      const cause = {
        for: history.version('deployments', 'web', seen),
        because: [history.version('pods', 'other', 1), history.version('pods', 'other', other)],
      }
      history.write('pods', 'p', {}, { cause })
      const lineage = await ask('pods', 'p')
      assert.deepEqual(lineage?.links[0]?.because, [history.version('pods', 'other', other)])
    })
  })

  describe('at the edge of history', () => {
    it('ends, with what there still is', async () => {
      deploy('web:1')
      deploy('web:2')
      const seen = progress()
      const made = replicaSet(2, history.version('deployments', 'web', seen))
      history.edge = made
      assert.deepEqual(await told('replicasets', 'web-1'), [
        `web-1@${made} created image web:2`,
        'edge',
      ])
    })

    it('still knows a creation before it, though not by whom', async () => {
      const created = deploy('web:1')
      history.pass(10)
      history.edge = history.revision
      const made = replicaSet(2, history.version('deployments', 'web', created))
      assert.deepEqual(await told('replicasets', 'web-1'), [
        `web-1@${made} created image web:2 (told)`,
        `web@${created} created image web:1`,
        'edge',
      ])
    })

    it('has no links where the write that is asked for is beyond it', async () => {
      deploy('web:1')
      deploy('web:2')
      progress()
      history.edge = history.revision
      assert.deepEqual(await told('deployments', 'web', { path: 'spec.template' }), ['edge'])
    })

    it('refuses a revision that is beyond it', async () => {
      const made = deploy('web:1')
      history.pass(5)
      history.edge = history.revision
      await assert.rejects(ask('deployments', 'web', { revision: made }), CompactedError)
    })

    it('is where a write is of which nothing is kept', async () => {
      const made = history.write('pods', 'p', {}, { unrecorded: true })
      assert.deepEqual(await told('pods', 'p'), [`p@${made} created`, 'edge'])
    })
  })

  it('shows no object that may not be read, nor its name', async () => {
    const changed = deploy('web:1')
    const seen = history.version('deployments', 'web', changed)
    const made = replicaSet(2, seen)
    forbidden.add('web')
    assert.deepEqual(await told('replicasets', 'web-1'), [
      `web-1@${made} created image web:2`,
      'forbidden',
    ])
    const [link] = (await ask('replicasets', 'web-1'))?.links ?? []
    assert.deepEqual(link?.because, [])
    assert.equal(link.record?.cause?.for, undefined)
  })

  describe('of what may not be read', () => {
    const claims: [string, (seen: number) => ObjectVersion][] = [
      ['is true', (seen) => history.version('deployments', 'web', seen)],
      ['names no version', () => history.version('deployments', 'web', '')],
      ['is of another object’s version', (seen) => history.version('deployments', 'web', seen - 1)],
      ['is of what never was', () => history.version('deployments', 'none', '')],
    ]
    for (const [what, claimed] of claims)
      for (const said of ['for', 'because'] as const)
        it(`nothing is looked at where a claim (${said}) ${what}`, async () => {
          deploy('web:1')
          const claim = claimed(deploy('web:2'))
          const cause = said === 'for' ? { for: claim, because: [] } : { because: [claim] }
          const made = history.write('pods', 'p', {}, { user: 'mallory', cause })
          for (const name of ['web', 'none']) forbidden.add(name)
          assert.deepEqual(await told('pods', 'p'), [`p@${made} created`, 'forbidden'])
          assert.deepEqual([...new Set(history.reads)], [history.subject('pods', 'p').key])
        })

    it('nothing is looked at for the sake of an owner reference', async () => {
      deploy('web:1')
      for (const name of ['web', 'none']) {
        forbidden.add(name)
        const metadata = ownedBy('Deployment', name)
        const made = history.write('replicasets', `of-${name}`, { metadata }, { user: 'mallory' })
        assert.deepEqual(await told('replicasets', `of-${name}`), [
          `of-${name}@${made} created`,
          'forbidden',
        ])
        assert.ok(!history.reads.includes(history.subject('deployments', name).key))
      }
    })

    it('nothing is told, but of what woke besides and may be read', async () => {
      const seen = deploy('web:1')
      const other = history.write('pods', 'other', {})
      const because = [history.version('pods', 'other', other)]
      history.write(
        'pods',
        'p',
        {},
        { cause: { for: history.version('deployments', 'web', seen), because } },
      )
      forbidden.add('web')
      const lineage = await ask('pods', 'p')
      assert.equal(lineage?.end, 'forbidden')
      assert.deepEqual(lineage.links[0]?.because, because)
    })
  })

  it('is no longer than one is told', async () => {
    let seen = history.write('pods', 'p0', {}, { user: 'alice' })
    for (let at = 1; at <= 20; at++) {
      const cause = { for: history.version('pods', `p${at - 1}`, seen), because: [] }
      seen = history.write('pods', `p${at}`, {}, { cause })
    }
    const lineage = await ask('pods', 'p20')
    assert.equal(lineage?.links.length, 16)
    assert.equal(lineage.end, 'long')
  })

  it('tells at most twelve changed paths, none that change with every write', async () => {
    history.write('pods', 'p', { metadata: { generation: 1, managedFields: [1] }, spec: {} })
    const fields = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at + 10}`, at]))
    const metadata = { generation: 2, managedFields: [2], labels: { a: 'b' } }
    const revision = history.write('pods', 'p', { metadata, spec: fields }, { user: 'alice' })
    const [link] = (await ask('pods', 'p', { revision }))?.links ?? []
    assert.equal(link?.changed.length, 12)
    assert.deepEqual(link.changed.slice(0, 2), ['spec.f10', 'spec.f11'])
  })
})
