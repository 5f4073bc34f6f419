/** What the page is told of a cluster, over HTTP, before the real API server. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ListView, RolloutView, TimelineView } from '../protocol.ts'
import {
  apps,
  core,
  type Heard,
  makePod,
  makeReady,
  makeReplicaSet,
  makeWeb,
  rollOut,
  type Stage,
  startFront,
  startStage,
} from './testing/stage.ts'

const web = 'namespace=default&deployment=web'

describe('a rollout on the page', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
    await makeWeb(stage, 'web:1.2')
    await makeReplicaSet(stage, 'aaaaa', 'web:1.2', 1)
    await makePod(stage, 'aaaaa', 'web-aaaaa-1')
    await makeReady(stage, 'web-aaaaa-1')
  })
  after(() => stage?.close())

  const revisionOf = async () => Number((await stage.ask(`/api/at?${web}`)).json.moment.revision)

  it('is sent whole to who begins to look, and again when something has changed', async () => {
    const stream = await stage.stream(web)
    const kinds = ['hello', 'link', 'list', 'rollout']
    for (const kind of kinds) await stream.until(({ type }) => type === kind)
    assert.deepEqual(
      stream.heard.map(({ type }) => type),
      kinds,
    )
    const [hello, link, list, rollout] = stream.heard.map(({ data }) => data)
    assert.equal(hello.hello.context, 'stage')
    assert.ok(hello.hello.namespaces.includes('default'))
    assert.match(hello.hello.server, /^v1\.\d+/)
    assert.deepEqual(link, { link: { state: 'live' } })
    const [row] = (list.list as ListView).rows
    assert.deepEqual([row?.name, row?.desired, row?.available], ['web', 2, 1])
    const { progress, lanes } = rollout.rollout as RolloutView
    assert.equal(progress.gauge.newAvailable, 1)
    assert.deepEqual(
      lanes.map((lane) => [lane.replicaSet, lane.slots.map(({ slot, pod }) => [slot, pod])]),
      [['web-aaaaa', [[0, 'web-aaaaa-1']]]],
    )
    await makePod(stage, 'aaaaa', 'web-aaaaa-2')
    const showsTwo = ({ type, data }: Heard) =>
      type === 'rollout' && data.rollout.lanes[0].slots.length === 2
    const next = await stream.until(showsTwo)
    assert.ok(Number(next.id) > Number(stream.heard[0]?.id))
    const marks = await stream.until(({ type }) => type === 'marks')
    assert.match(marks.data.marks[0].text, /^web-aaaaa-2 created by /)
    stream.close()
  })

  it('is sent to two tabs alike, each with what it looks at', async () => {
    const [one, two] = await Promise.all([stage.stream(web), stage.stream('namespace=default')])
    await one.until(({ type }) => type === 'rollout')
    await two.until(({ type }) => type === 'list')
    await makeReady(stage, 'web-aaaaa-2')
    const seesBoth = ({ type, data }: Heard) => type === 'list' && data.list.rows[0].available === 2
    await Promise.all([one.until(seesBoth), two.until(seesBoth)])
    assert.ok(!two.heard.some(({ type }) => type === 'rollout' || type === 'marks'))
    one.close()
    two.close()
  })

  it('has its marks told to who comes back, from where that one was', async () => {
    const before = await revisionOf()
    await rollOut(stage, 'bbbbb', 'web:1.3', 2)
    const stream = await stage.stream(web, { 'last-event-id': String(before) })
    const { data } = await stream.until(({ type }) => type === 'marks')
    const texts = data.marks.map(({ text }: { text: string }) => text)
    assert.match(texts[0], /^image web 1\.2 -> 1\.3 by admin/)
    assert.ok(data.marks.every(({ revision }: { revision: number }) => revision > before))
    stream.close()
  })

  it('is looked at as it was, by revision and by time', async () => {
    const { json } = await stage.ask(`/api/timeline?${web}`)
    const timeline = json as TimelineView
    const template = timeline.marks.find(({ text }) => text.startsWith('image web'))!
    const past = await stage.ask(`/api/at?${web}&revision=${template.revision - 1}`)
    const view = past.json as RolloutView
    assert.equal(view.live, false)
    assert.deepEqual(
      view.progress.revisions.map(({ hash }) => hash),
      ['aaaaa'],
    )
    const now = (await stage.ask(`/api/at?${web}`)).json as RolloutView
    assert.equal(now.live, true)
    assert.equal(now.progress.revisions.length, 2)
    const byTime = await stage.ask(`/api/at?${web}&time=${template.at}`)
    assert.equal(byTime.json.moment.revision, template.revision)
    const list = await stage.ask(`/api/list?namespace=default&revision=${template.revision - 1}`)
    assert.deepEqual(list.json.rows[0].images, ['web:1.2'])
    assert.ok(timeline.available.some(({ available }) => available === 2))
    assert.deepEqual(
      timeline.lanes.map(({ hash }) => hash),
      ['aaaaa', 'bbbbb'],
    )
  })

  it('was not before the past begins, and says where that is', async () => {
    const { code, json } = await stage.ask(`/api/at?${web}&revision=0`)
    assert.equal(code, 410)
    assert.equal(typeof json.edge.revision, 'number')
    assert.match(json.error.message, /the past begins at revision/)
    assert.equal((await stage.ask('/api/at?namespace=default&deployment=none')).code, 404)
  })

  it('is told why, from the records of the server', async () => {
    const { json } = await stage.ask(`/api/why?${web}`)
    assert.match(json.chain[0].text, /^Deployment web image web 1\.2 -> 1\.3/)
    assert.equal(json.chain[0].inferred, false)
    const pod = await stage.ask(`/api/why?${web}&pod=web-aaaaa-1`)
    assert.match(pod.json.chain[0].text, /^Pod web-aaaaa-1 created/)
    assert.equal(pod.json.state.sentence, 'Pod "web-aaaaa-1" runs and is ready.')
    await makePod(stage, 'aaaaa', 'web-aaaaa-9')
    const then = await revisionOf()
    await stage.write('DELETE', `${core}/pods/web-aaaaa-9?gracePeriodSeconds=0`)
    const ended = (await stage.ask(`/api/why?${web}&pod=web-aaaaa-9`)).json
    const chain = ended.chain.map(({ text }: { text: string }) => text)
    assert.match(chain[0], /^Pod web-aaaaa-9 deleted/)
    assert.ok(
      chain.some((text: string) => /^Pod web-aaaaa-9 created/.test(text)),
      chain.join('\n'),
    )
    assert.equal(ended.state.sentence, 'Pod "web-aaaaa-9" is not there.')
    const was = await stage.ask(`/api/why?${web}&pod=web-aaaaa-9&revision=${then}`)
    assert.match(was.json.chain[0].text, /^Pod web-aaaaa-9 created/, 'not how it ended since')
  })

  it('has templates to compare, objects to read, and events with where they begin', async () => {
    const diff = await stage.ask(`/api/diff?${web}&from=aaaaa&to=bbbbb`)
    assert.deepEqual(diff.json.changes, [
      { path: 'spec.containers[app].image', before: 'web:1.2', after: 'web:1.3' },
    ])
    assert.equal((await stage.ask(`/api/diff?${web}&from=aaaaa&to=zzzzz`)).code, 422)
    const yaml = await stage.ask('/api/yaml?namespace=default&kind=Pod&name=web-aaaaa-1')
    assert.match(yaml.json.yaml, /^apiVersion: v1\nkind: Pod\n/)
    assert.ok(!yaml.json.yaml.includes('managedFields'))
    const { json: pod } = await stage.wire.ask('GET', `${core}/pods/web-aaaaa-1`)
    await stage.write('POST', `${core}/events`, {
      metadata: { name: 'told' },
      involvedObject: {
        kind: 'Pod',
        namespace: 'default',
        name: 'web-aaaaa-1',
        uid: pod.metadata.uid,
      },
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'no answer',
      firstTimestamp: '2026-01-02T00:00:00Z',
      lastTimestamp: '2026-01-02T00:00:01Z',
      count: 3,
    })
    const stream = await stage.stream(web)
    await stream.until(({ type }) => type === 'hello')
    stream.close()
    const events = await stage.ask(`/api/events?${web}&pod=web-aaaaa-1`)
    assert.equal(events.json.since, '2026-01-02T00:00:00Z')
    assert.deepEqual(events.json.events.at(-1), {
      at: '2026-01-02T00:00:01Z',
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'no answer',
      count: 3,
      object: 'pod/web-aaaaa-1',
    })
  })

  it('never speaks of Secrets', async () => {
    const secret = Buffer.from('hunter2').toString('base64')
    await stage.write('POST', `${core}/secrets`, {
      metadata: { name: 'password' },
      data: { password: secret },
    })
    const { text } = await stage.ask('/api/recording?namespace=default')
    assert.ok(text.includes('"kind":"Pod"'))
    assert.ok(!text.includes('"kind":"Secret"') && !text.includes(secret))
    const yaml = await stage.ask('/api/yaml?namespace=default&kind=Secret&name=password')
    assert.equal(yaml.code, 400)
  })

  it('is gone back from as it was shown, and not otherwise', async () => {
    const plan = await stage.ask(`/api/undo?${web}`)
    assert.equal(plan.json.target.hash, 'aaaaa')
    assert.equal(plan.json.cause, 'undo to aaaaa (image web 1.3 -> 1.2)')
    const asked = { namespace: 'default', deployment: 'web', to: 'aaaaa' }
    const undo = (resourceVersion: string) =>
      stage.ask('/api/undo', { method: 'POST', body: { ...asked, resourceVersion } })
    const changed = await rollOut(stage, 'ccccc', 'web:1.4', 3)
    assert.ok(changed.metadata.uid)
    const refused = await undo(plan.json.resourceVersion)
    assert.equal(refused.code, 409)
    assert.equal(refused.json.plan.cause, 'undo to aaaaa (image web 1.4 -> 1.2)')
    const before = await stage.write('GET', `${apps}/deployments/web`)
    assert.equal(before.spec.template.spec.containers[0].image, 'web:1.4')
    // A status that is written meanwhile changes nothing of what was shown.
    await stage.write(
      'PATCH',
      `${apps}/deployments/web/status`,
      { status: { replicas: 2 } },
      { 'Content-Type': 'application/merge-patch+json' },
    )
    const done = await undo(refused.json.plan.resourceVersion)
    assert.equal(done.code, 200, done.text)
    assert.equal(done.json.redo, 'ccccc')
    const after = await stage.write('GET', `${apps}/deployments/web`)
    assert.equal(after.spec.template.spec.containers[0].image, 'web:1.2')
    assert.equal(after.metadata.annotations['kubernetes.io/change-cause'], refused.json.plan.cause)
    const managers = after.metadata.managedFields.map(({ manager }: { manager: string }) => manager)
    assert.ok(managers.includes('tiphys-dashboard'))
    assert.equal((await undo(done.json.resourceVersion)).code, 422)
  })

  it('is paused and resumed by who has seen it as it is', async () => {
    const { json } = await stage.ask(`/api/at?${web}`)
    const body = { namespace: 'default', deployment: 'web', resourceVersion: json.resourceVersion }
    const stale = { ...body, resourceVersion: '1' }
    assert.equal((await stage.ask('/api/pause', { method: 'POST', body: stale })).code, 409)
    const paused = await stage.ask('/api/pause', { method: 'POST', body })
    assert.equal(paused.code, 200, paused.text)
    const { spec, metadata } = await stage.write('GET', `${apps}/deployments/web`)
    assert.equal(spec.paused, true)
    assert.equal((await stage.ask(`/api/undo?${web}`)).code, 422)
    const seen = { ...body, resourceVersion: metadata.resourceVersion }
    assert.equal((await stage.ask('/api/resume', { method: 'POST', body: seen })).code, 200)
  })

  it('is shown to one who may see it, as far as that one may', async () => {
    const { authority, server } = stage.wire
    const ann = await authority.issue({ commonName: 'ann', client: true })
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    const role = (name: string, resources: string[]) =>
      stage.write('POST', `${rbac}/roles`, {
        metadata: { name },
        rules: [{ apiGroups: ['', 'apps'], resources, verbs: ['get', 'list', 'watch'] }],
      })
    await role('look', ['deployments', 'replicasets', 'pods'])
    await stage.write('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'look' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'look' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    })
    const ca = authority.certificate
    const config = { server: server.url, ca, certificate: ann.certificate, key: ann.key }
    const front = await startFront({ config, context: '' })
    try {
      const { json } = await front.ask(`/api/at?${web}`)
      assert.equal(json.progress.name, 'web')
      assert.deepEqual((await front.ask(`/api/events?${web}`)).json.events, [])
      const stream = await front.stream(web)
      const { data } = await stream.until(({ type }) => type === 'hello')
      assert.deepEqual(data.hello.namespaces, ['default'])
      stream.close()
      const body = {
        namespace: 'default',
        deployment: 'web',
        resourceVersion: json.resourceVersion,
      }
      const refused = await front.ask('/api/pause', { method: 'POST', body })
      assert.equal(refused.code, 403)
      assert.match(refused.json.error.message, /User "ann" cannot patch resource "deployments"/)
      const hidden = await front.ask('/api/list?namespace=kube-system')
      assert.equal(hidden.code, 503)
      assert.match(hidden.json.error.message, /User "ann" cannot list/)
      assert.deepEqual(front.reported, [])
    } finally {
      await front.close()
    }
  })

  it('is the same in a file, where nothing can be written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tiphys-page-'))
    const path = join(directory, 'web.jsonl')
    const recording = await stage.ask('/api/recording?namespace=default')
    assert.match(recording.headers['content-disposition'] ?? '', /default-.*\.jsonl"$/)
    writeFileSync(path, recording.text)
    const file = await startFront({ file: path })
    try {
      const stream = await file.stream(web)
      const { data } = await stream.until(({ type }) => type === 'hello')
      assert.equal(data.hello.recording, 'web.jsonl')
      assert.deepEqual(data.hello.namespaces, ['default'])
      stream.close()
      const [live, kept] = await Promise.all(
        [stage, file].map(async (at) => {
          const { head: _, ...timeline } = (await at.ask(`/api/timeline?${web}`)).json
          return timeline
        }),
      )
      assert.deepEqual(kept, live)
      assert.equal((await file.ask(`/api/at?${web}`)).json.live, false)
      const chain = (await file.ask(`/api/why?${web}`)).json.chain
      assert.ok(chain.every(({ inferred }: { inferred: boolean }) => inferred))
      const body = { namespace: 'default', deployment: 'web', to: 'bbbbb', resourceVersion: '1' }
      for (const path of ['/api/undo', '/api/pause', '/api/resume']) {
        const { code, json } = await file.ask(path, { method: 'POST', body })
        assert.equal(code, 409)
        assert.match(json.error.message, /is a recording: nothing can be written/)
      }
      assert.equal((await file.ask(`/api/undo?${web}`)).code, 409)
    } finally {
      await file.close()
      rmSync(directory, { recursive: true })
    }
  })

  it('leaves nothing unsaid that went wrong', () => assert.deepEqual(stage.reported, []))
})
