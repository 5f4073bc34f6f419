import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFile } from '../../../recordings/file.ts'
import type { Line } from '../../../recordings/recording.ts'
import { FamilyFilter } from './family-filter.ts'
import { readRecording } from './read.ts'
import { sinceTime } from './since.ts'
import { tapeOf, trackOf } from './tape.ts'
import { at, broken, mended, story } from './testing/story.ts'

async function collected(lines: AsyncIterable<Line>): Promise<Line[]> {
  const all: Line[] = []
  for await (const line of lines) all.push(line)
  return all
}
const silent = () => assert.fail('nothing is wrong with it')

describe('a tape', () => {
  it('has the moments of one deployment, and what is worth a stop', async () => {
    const tape = await tapeOf(story(), 'web')
    assert.deepEqual(
      tape.moments.map(({ revision }) => revision),
      [4, broken, 6, 7, mended, 10, 12],
    )
    assert.deepEqual(trackOf(tape).notable, [1, 4])
    const [mark] = tape.marks
    assert.equal(mark?.text, 'image web 1.2 -> bad by kubectl set, alice')
  })

  it('shows what was at any of them', async () => {
    const { timeline } = await tapeOf(story(), 'web')
    const pods = (revision: number) =>
      timeline.at(revision)?.snapshotOf({ namespace: 'default', name: 'web' })?.pods.length
    assert.deepEqual([pods(4), pods(7), pods(12)], [2, 3, 2])
  })

  it('is of the only deployment, or of one that has to be named', async () => {
    await assert.rejects(tapeOf(story()), /several deployments: other, web/)
    await assert.rejects(tapeOf(story(), 'nobody'), /no deployment "nobody"/)
    await assert.rejects(tapeOf(story().slice(0, 1)), /has no deployment$/)
    const filter = new FamilyFilter('web')
    const only = story().flatMap((line) => filter.line(line) ?? [])
    assert.equal((await tapeOf(only)).name, 'web')
  })
})

describe('what is recorded', () => {
  it('is what belongs to the deployment alone', () => {
    const filter = new FamilyFilter('web')
    const lines = story().flatMap((line) => filter.line(line) ?? [])
    const [, keyframe, ...rest] = lines
    assert.ok(keyframe?.type === 'KEYFRAME')
    assert.deepEqual(
      keyframe.objects.map(({ metadata }) => metadata.name),
      ['web', 'web-old', 'web-old-1', 'web-old-2'],
    )
    assert.equal(rest.length, story().length - 3)
  })

  it('begins where it was asked to, with all that was there then', async () => {
    const lines = await collected(sinceTime(story(), Date.parse(at(mended))))
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['HEADER', 'KEYFRAME', 'PUT', 'PUT', 'DELETE', 'END'],
    )
    const [, keyframe] = lines
    assert.ok(keyframe?.type === 'KEYFRAME')
    assert.deepEqual([keyframe.revision, keyframe.objects.length], [7, 7])
  })

  it('is what is there, where nothing has happened since', async () => {
    const lines = await collected(sinceTime(story(), Date.parse(at(100))))
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['HEADER', 'KEYFRAME', 'END'],
    )
  })

  it('is all of it, where its beginning is younger than that', async () => {
    assert.deepEqual((await collected(sinceTime(story(), 0))).length, story().length)
  })
})

describe('a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tiphys-replay-'))
  after(() => rmSync(directory, { recursive: true }))

  it('is read as it was written, compressed or not', async () => {
    for (const name of ['a.jsonl', 'a.jsonl.gz']) {
      await writeFile(join(directory, name), story())
      assert.deepEqual(await collected(readRecording(join(directory, name), silent)), story())
    }
  })

  it('is refused in a sentence where it is none', async () => {
    const missing = collected(readRecording(join(directory, 'nothing'), silent))
    await assert.rejects(missing, /there is no file/)
    const path = join(directory, 'b.jsonl')
    writeFileSync(path, 'no json\n')
    await assert.rejects(collected(readRecording(path, silent)), /b\.jsonl cannot be read/)
    await assert.rejects(collected(readRecording(directory, silent)), /cannot be read/)
  })

  it('that was cut is read as far as it goes, and that is said', async () => {
    const path = join(directory, 'c.jsonl')
    const text = readFileSync(join(directory, 'a.jsonl'), 'utf8')
    writeFileSync(path, text.slice(0, -20))
    const said: string[] = []
    const lines = await collected(readRecording(path, (notice) => said.push(notice)))
    assert.equal(lines.length, story().length - 1)
    assert.match(said.join(), /cut off/)
  })
})
