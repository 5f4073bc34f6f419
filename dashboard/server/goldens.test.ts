/** Rollouts that went well and badly, from their recordings: every moment of each can be looked at, and none be written. */

import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { ListView, RolloutView, TimelineView } from '../protocol.ts'
import { type Front, startFront } from './testing/stage.ts'

const directory = join(import.meta.dirname, '..', '..', 'recordings', 'golden')
const web = 'namespace=default&deployment=web'

describe('a recording on the page', () => {
  for (const path of globSync(join(directory, '*.jsonl.gz')))
    describe(basename(path, '.jsonl.gz'), () => {
      let front: Front
      let timeline: TimelineView
      before(async () => {
        front = await startFront({ file: path })
        timeline = (await front.ask(`/api/timeline?${web}`)).json
      })
      after(() => front?.close())

      it('is the same in the list, in the view and on the stream', async () => {
        const list = (await front.ask('/api/list?namespace=default')).json as ListView
        const view = (await front.ask(`/api/at?${web}`)).json as RolloutView
        const stream = await front.stream(web)
        const { data } = await stream.until(({ type }) => type === 'rollout')
        stream.close()
        const [row] = list.rows
        assert.equal(row?.verdict, view.progress.explanation.verdict)
        assert.equal(row?.outcome, view.progress.outcome)
        assert.deepEqual(data.rollout.lanes, view.lanes)
        assert.equal(view.live, false)
      })

      it('can be looked at at every mark, each pod at one place throughout', async () => {
        assert.ok(timeline.marks.length > 0)
        const places = new Map<string, number>()
        for (const revision of new Set(timeline.marks.map((mark) => mark.revision))) {
          const { code, json, text } = await front.ask(`/api/at?${web}&revision=${revision}`)
          assert.equal(code, 200, text)
          const { progress, lanes, moment } = json as RolloutView
          assert.equal(moment.revision, revision)
          for (const { slots, size } of lanes)
            for (const { uid, slot } of slots) {
              assert.ok(slot < size)
              assert.equal(slot, places.get(uid) ?? slot)
              places.set(uid, slot)
            }
          const shown = new Set(lanes.flatMap(({ slots }) => slots).map(({ uid }) => uid))
          const pods = progress.revisions.flatMap(({ pods }) => pods)
          assert.ok(
            pods.every(({ uid }) => shown.has(uid)),
            `a pod has no place at ${revision}`,
          )
        }
      })

      it('tells why of each pod that it still knows', async () => {
        const { progress } = (await front.ask(`/api/at?${web}`)).json as RolloutView
        for (const { name } of progress.revisions.flatMap(({ pods }) => pods)) {
          const { json } = await front.ask(`/api/why?${web}&pod=${name}`)
          assert.ok(json.state.sentence.includes(name))
          assert.ok(json.chain.length > 1)
        }
      })

      it('says the same when it is saved and looked at again', async () => {
        const saved = join(mkdtempSync(join(tmpdir(), 'tiphys-page-')), 'saved.jsonl')
        const { text } = await front.ask('/api/recording?namespace=default')
        writeFileSync(saved, text)
        const again = await startFront({ file: saved })
        try {
          const { json } = await again.ask(`/api/timeline?${web}`)
          assert.deepEqual(json, timeline)
          const [first, second] = await Promise.all(
            [front, again].map(async (each) => (await each.ask(`/api/at?${web}`)).json),
          )
          assert.deepEqual(second, first)
        } finally {
          await again.close()
          rmSync(dirname(saved), { recursive: true })
        }
      })

      it('is reported without a failure', () => assert.deepEqual(front.reported, []))
    })

  it('is of one namespace', async () => {
    const front = await startFront({ file: join(directory, 'good.jsonl.gz') })
    try {
      const { code, json } = await front.ask('/api/list?namespace=other')
      assert.equal(code, 404)
      assert.match(json.error.message, /"good.jsonl.gz" is a recording of namespace "default"/)
    } finally {
      await front.close()
    }
  })

  it('that is damaged says so, also to a tab that looks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tiphys-page-'))
    const path = join(folder, 'damaged.jsonl')
    const whole = await startFront({ file: join(directory, 'good.jsonl.gz') })
    const { text } = await whole.ask('/api/recording?namespace=default')
    await whole.close()
    const lines = text.split('\n')
    writeFileSync(path, [...lines.slice(0, 6), '{"type":"PUT"}', ...lines.slice(6)].join('\n'))
    const front = await startFront({ file: path })
    try {
      const stream = await front.stream(web)
      const { data } = await stream.until(({ data }) => data.link?.state === 'stale')
      assert.match(data.link.reason, /^line 7: PUT /)
      stream.close()
      const { code, json } = await front.ask(`/api/at?${web}`)
      assert.equal(code, 422)
      assert.match(json.error.message, /^line 7: PUT /)
    } finally {
      await front.close()
      rmSync(folder, { recursive: true })
    }
  })
})
