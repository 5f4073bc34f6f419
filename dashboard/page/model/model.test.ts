import assert from 'node:assert/strict'
import type { UndoPlan } from '../../protocol.ts'
import { Stage } from '../testing/stage.ts'
import { hello, listView, rolloutView, timelineView } from '../testing/views.ts'
import { createModel } from './model.ts'

function setUp(hash = '#token=T&deployment=web') {
  const stage = new Stage()
  const page = { hash, added: 0, memory: new Map<string, string>() }
  const model = createModel(stage.ports, {
    readHash: () => page.hash,
    writeHash: (text, added) => {
      page.hash = text
      page.added += added ? 1 : 0
    },
    recall: (key) => page.memory.get(key) ?? null,
    remember: (key, value) => page.memory.set(key, value),
    save: () => {},
    copy: async () => {},
  })
  const stream = () => stage.asked('/api/stream')
  /** The stream is open, `web` is seen at 40, and its timeline has marks at 20, 30 and 40. */
  const opened = async () => {
    stream().open()
    await stage.settle()
    stream().send('hello', { hello })
    stream().send('list', { list: listView(40, 'api', 'web') })
    stream().send('rollout', { rollout: rolloutView('web', 40) }, '40')
    await stage.settle()
    await stage.frame()
    stage.asked('/api/timeline').json(timelineView(20, 30, 40))
    await stage.pass(300)
  }
  return { stage, page, model, state: model.state, stream, opened }
}

describe('what is followed', () => {
  it('is what the address names', async () => {
    const { state, stream, opened } = setUp()
    assert.equal(stream().query.get('deployment'), 'web')
    await opened()
    assert.equal(state.view.value?.moment.revision, 40)
    assert.deepEqual(
      state.stops.value.map(({ revision }) => revision),
      [19, 20, 30, 40],
    )
  })

  it('is the first of the list where the address names none', async () => {
    const { stage, state, stream, page } = setUp('#token=T')
    stream().open()
    await stage.settle()
    stream().send('list', { list: listView(40, 'api', 'web') })
    await stage.settle()
    await stage.frame()
    assert.equal(state.deployment.value, 'api')
    assert.equal(stream().query.get('deployment'), 'api')
    assert.match(page.hash, /deployment=api/)
  })

  it('is drawn once a frame, the latest alone', async () => {
    const { stage, state, stream, opened } = setUp()
    await opened()
    for (const revision of [41, 42, 43])
      stream().send('rollout', { rollout: rolloutView('web', revision, 1) })
    await stage.settle()
    assert.equal(state.view.value?.moment.revision, 40)
    await stage.frame()
    assert.equal(state.view.value?.moment.revision, 43)
  })

  it('keeps what is the same, so that it is not drawn again', async () => {
    const { stage, state, stream, opened } = setUp()
    await opened()
    const [lane] = state.lanes.value
    stream().send('rollout', { rollout: rolloutView('web', 41) })
    await stage.settle()
    await stage.frame()
    assert.equal(state.view.value?.moment.revision, 41)
    assert.equal(state.lanes.value[0], lane)
  })

  it('is another stream for another deployment, and nothing of the old one stays', async () => {
    const { stage, model, state, stream, opened, page } = setUp()
    await opened()
    const before = stream()
    model.open('api')
    assert.equal(before.init.signal?.aborted, true)
    assert.equal(stream().query.get('deployment'), 'api')
    assert.equal(state.view.value, undefined)
    assert.equal(state.timeline.value, undefined)
    assert.equal(page.added, 1)
    await stage.settle()
  })

  it('is known to be gone when the list no longer has it', async () => {
    const { stage, state, stream, opened } = setUp()
    await opened()
    assert.equal(state.gone.value, false)
    stream().send('list', { list: listView(50, 'api') })
    await stage.settle()
    await stage.frame()
    assert.equal(state.gone.value, true)
  })
})

describe('the past', () => {
  it('is gone to by steps, is asked for, and stands in the address', async () => {
    const { stage, model, state, opened, page } = setUp()
    await opened()
    model.perform({ do: 'step', direction: -1, notable: false })
    assert.equal(state.at.value, 30)
    assert.equal(state.waiting.value, true)
    stage.asked('/api/at').json(rolloutView('web', 30, 1))
    await stage.pass(300)
    assert.equal(state.waiting.value, false)
    assert.equal(state.view.value?.moment.revision, 30)
    assert.match(page.hash, /at=r30$/)
    assert.equal(page.added, 0)
    assert.equal(stage.asked('/api/list').query.get('revision'), '30')
  })

  it('is where a link leads', async () => {
    const { stage, state } = setUp('#token=T&deployment=web&at=r30')
    assert.equal(stage.asked('/api/at').query.get('revision'), '30')
    stage.asked('/api/at').json(rolloutView('web', 30, 1))
    await stage.settle()
    assert.equal(state.view.value?.moment.revision, 30)
  })

  it('is not disturbed by what is live, and live is as it is by then', async () => {
    const { stage, model, state, stream, opened } = setUp()
    await opened()
    model.travel.go(30)
    stage.asked('/api/at').json(rolloutView('web', 30, 1))
    await stage.settle()
    stream().send('rollout', { rollout: rolloutView('web', 44) })
    await stage.settle()
    await stage.frame()
    assert.equal(state.view.value?.moment.revision, 30)
    model.perform({ do: 'live' })
    assert.equal(state.view.value?.moment.revision, 44)
    assert.equal(state.isPast.value, false)
  })

  it('is live again when one steps beyond its end', async () => {
    const { model, state, opened } = setUp()
    await opened()
    model.travel.go(40)
    model.perform({ do: 'step', direction: 1, notable: false })
    assert.equal(state.isPast.value, false)
  })

  it('begins now when what moves is held', async () => {
    const { stage, model, state, stream, opened } = setUp()
    await opened()
    model.travel.hold()
    stage.asked('/api/at').json(rolloutView('web', 40))
    await stage.settle()
    stream().send('rollout', { rollout: rolloutView('web', 44) })
    await stage.settle()
    await stage.frame()
    assert.equal(state.at.value, 40)
    assert.equal(state.view.value?.moment.revision, 40)
  })

  it('begins later when what was asked for is kept no longer, and says so', async () => {
    const { stage, model, state, opened } = setUp()
    await opened()
    model.travel.go(19)
    const error = { message: 'r19 is no longer kept.', next: 'History starts at r20.' }
    stage.asked('/api/at').json({ error }, 410)
    await stage.settle()
    assert.equal(state.at.value, 20)
    assert.equal(state.toast.value?.text, 'r19 is no longer kept. History starts at r20.')
  })

  it('is played from the last template on, and stops at the end', async () => {
    const { stage, model, state, opened } = setUp()
    await opened()
    model.perform({ do: 'play' })
    assert.equal(state.at.value, 30)
    for (let frame = 0; frame < 200 && state.playing.value; frame++) await stage.frame()
    assert.equal(state.playing.value, false)
    assert.equal(state.at.value, 40)
  })

  it('has marks of the user, to be set and taken away', async () => {
    const { model, state, opened } = setUp()
    await opened()
    model.travel.go(30)
    model.perform({ do: 'mark' })
    assert.deepEqual(state.bookmarks.value, [30])
    model.perform({ do: 'mark' })
    assert.deepEqual(state.bookmarks.value, [])
  })
})

const plan = (resourceVersion: string): UndoPlan => ({
  target: { hash: 'bbbbbbbb', revision: 1, images: ['web:1'] },
  cause: 'undo to bbbbbbbb',
  changes: [],
  warnings: [],
  resourceVersion,
  manifest: '',
})

describe('an undo', () => {
  it('is planned, confirmed with what was seen, and can be redone', async () => {
    const { stage, model, state, opened } = setUp()
    await opened()
    void model.write.plan('bbbbbbbb')
    stage.asked('/api/undo').json(plan('40'))
    await stage.settle()
    assert.equal(state.undo.value?.plan.target.hash, 'bbbbbbbb')
    void model.write.confirm()
    const sent = stage.asked('/api/undo')
    assert.equal(JSON.parse(String(sent.init.body)).resourceVersion, '40')
    sent.json({ resourceVersion: '41', redo: 'aaaaaaaa' })
    await stage.settle()
    assert.equal(state.undo.value, undefined)
    assert.equal(state.toast.value?.redo?.hash, 'aaaaaaaa')
    void model.write.redo()
    assert.equal(stage.asked('/api/undo').query.get('to'), 'aaaaaaaa')
  })

  it('shows what it would do by now when something has changed, and does nothing', async () => {
    const { stage, model, state, opened } = setUp()
    await opened()
    void model.write.plan()
    stage.asked('/api/undo').json(plan('40'))
    await stage.settle()
    void model.write.confirm()
    stage.asked('/api/undo').json({ error: { message: 'Changed.' }, plan: plan('44') }, 409)
    await stage.settle()
    assert.equal(state.undo.value?.changed, true)
    assert.equal(state.undo.value?.plan.resourceVersion, '44')
    assert.equal(state.undo.value?.busy, false)
  })

  it('is written once, however often one presses', async () => {
    const { stage, model, opened } = setUp()
    await opened()
    void model.write.plan()
    stage.asked('/api/undo').json(plan('40'))
    await stage.settle()
    void model.write.confirm()
    void model.write.confirm()
    assert.equal(stage.count('/api/undo'), 2)
  })

  it('says in words why there is none', async () => {
    const { stage, model, state, opened } = setUp()
    await opened()
    void model.write.plan()
    stage.asked('/api/undo').json({ error: { message: 'It is paused.', next: 'Resume it.' } }, 422)
    await stage.settle()
    assert.equal(state.undo.value, undefined)
    assert.deepEqual(state.toast.value, { bad: true, text: 'It is paused. Resume it.' })
  })
})
