import assert from 'node:assert/strict'
import { Timeline } from '../../recordings/timeline.ts'
import { Chronicle } from './chronicle.ts'
import { Script, web } from './testing/script.ts'

describe('what is new of Deployments', () => {
  it('is remembered of those that are known, however many there were before', () => {
    const script = new Script()
    script.follower.stop()
    const timeline = new Timeline({ age: 0 })
    const chronicle = new Chronicle(timeline)
    const tell = (line: Parameters<Chronicle['tell']>[0]) => {
      timeline.add(line)
      chronicle.tell(line)
    }
    tell(script.header())
    tell(script.keyframe(1, web(1)))
    const named = (name: string, revision: number) => {
      const object = web(revision)
      const at = new Date(Date.UTC(2026, 0, 1) + revision * 60_000).toISOString()
      return { revision, at, object: { ...object, metadata: { ...object.metadata, name } } }
    }
    const names = Array.from({ length: 2_500 }, (_, at) => `once-${at}`)
    for (const [at, name] of names.entries()) {
      tell({ type: 'PUT', ...named(name, 2 * at + 2) })
      tell({ type: 'DELETE', ...named(name, 2 * at + 3) })
    }
    const known = names.filter((name) => chronicle.of(name) !== undefined)
    assert.ok(known.length <= 1_001, String(known.length))
    assert.equal(known.at(-1), names.at(-1))
    assert.ok(chronicle.of('web'))
  })
})
