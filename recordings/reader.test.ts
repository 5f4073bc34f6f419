import assert from 'node:assert/strict'
import {
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { readFile, writeFile } from './file.ts'
import { lineText, RecordingError } from './line.ts'
import { type ReadOptions, readLines } from './reader.ts'
import type { Line } from './recording.ts'
import { header, keyframeOf, markOf, podAt, putOf, timeAt } from './testing/stories.ts'

const put = (revision: number, more: object = {}): Line => putOf(podAt('a', revision, more))
const lines: Line[] = [
  header,
  { type: 'KEYFRAME', revision: 10, at: '', objects: [podAt('a', 3)] },
  { ...put(11), by: { at: timeAt(11), verb: 'update', user: 'alice', requestId: 'r' } } as Line,
  put(12, { status: { message: 'größer' } }),
  { type: 'DELETE', revision: 13, at: timeAt(13), object: podAt('a', 12) },
  {
    type: 'LOG',
    at: timeAt(13),
    pod: { name: 'a', uid: 'uid-a' },
    container: 'main',
    restarts: 0,
    lines: ['bye'],
  },
  markOf(14),
  { type: 'END', revision: 14, at: timeAt(15) },
]
const text = (some: readonly unknown[]) => some.map((line) => `${JSON.stringify(line)}\n`).join('')

async function read(content: string | Uint8Array, options: ReadOptions & { chunk?: number } = {}) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const { chunk = 7 } = options
  const chunks = []
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.slice(at, at + chunk))
  return all(readLines(chunks, options))
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

const refused = (content: string, message: RegExp, options?: Parameters<typeof read>[1]) =>
  assert.rejects(read(content, options), (error: unknown) => {
    assert.ok(error instanceof RecordingError, String(error))
    assert.match(error.message, message)
    return true
  })

describe('reading a recording', () => {
  it('gives what was written, however its bytes come', async () => {
    const content = lines.map((line) => `${lineText(line)}\n`).join('')
    for (const chunk of [1, 7, 1000, content.length + 10])
      assert.deepEqual(await read(content, { chunk }), lines)
  })

  it('reads up to a line that was cut, and says so', async () => {
    const content = text(lines)
    for (let length = text([header]).length; length < content.length; length++) {
      const part = content.slice(0, length)
      const notices: string[] = []
      const whole = await read(part, { chunk: 1000, cut: (notice) => notices.push(notice) })
      assert.deepEqual(whole, lines.slice(0, whole.length))
      const between = part.endsWith('\n') || content[length] === '\n'
      const notice = `line ${whole.length + 1} was cut off in the middle: what is before it was read`
      assert.deepEqual(notices, between ? [] : [notice])
    }
  })

  it('takes a last line that only lacks its end', async () => {
    assert.deepEqual(await read(text(lines).trimEnd()), lines)
  })

  it('does not take a damaged line for a cut one', async () => {
    await refused(
      `${text(lines.slice(0, 2))}{"type":\n${text(lines.slice(2))}`,
      /^line 3: .*not JSON/,
    )
    await refused(`${text(lines.slice(0, 2))}{"type":"NEW"}`, /^line 3: lines of type NEW/)
  })

  it('refuses what is no recording, or one of a later format, in a sentence', async () => {
    await refused('hello\n', /^line 1: it is not JSON/)
    await refused('{"a":1}\n', /^line 1: it is no object with a type/)
    await refused(
      text(lines.slice(1)),
      /^line 1: a recording begins with a HEADER, this is KEYFRAME/,
    )
    await refused(
      text([{ ...header, format: 'tiphys.dev/recording/v2' }]),
      /format v2, and this Tiphys reads v1; a version of Tiphys that knows v2 is needed/,
    )
    await refused(text([{ ...header, format: 'x' }]), /its format is x; what is read is tiphys/)
    await refused(
      text([header, { type: 'SPARKLE' }]),
      /^line 2: lines of type SPARKLE are not part of tiphys.dev\/recording\/v1; a newer Tiphys/,
    )
    await refused(text([header, { type: 'constructor' }]), /lines of type constructor/)
  })

  it('refuses lines that are not as they should be, with what is wrong', async () => {
    const cases: [unknown, RegExp][] = [
      [{ ...put(1), revision: 'x' }, /PUT has no revision/],
      [{ ...put(1), revision: -1 }, /no revision/],
      [{ ...put(1), at: 'yesterday' }, /no time/],
      [{ ...put(1), revision: 2 }, /is of revision 2, its object of 1/],
      [{ ...put(1), object: [] }, /has no object/],
      [{ ...put(1), object: { ...podAt('a', 1), kind: 1 } }, /without apiVersion and kind/],
      [{ ...put(1), object: { ...podAt('a', 1), metadata: null } }, /without metadata/],
      [put(1, { metadata: { name: '', resourceVersion: '1' } }), /without a name/],
      [put(1, { metadata: { name: 'a', resourceVersion: 'abc' } }), /is no number/],
      [put(1, { metadata: { name: 'a', namespace: 1, resourceVersion: '1' } }), /is no text/],
      [
        put(1, { metadata: { name: 'a', resourceVersion: '1', ownerReferences: [null] } }),
        /ownerReferences/,
      ],
      [put(1, { kind: 'Secret' }), /Secret a\), and Secrets are never part of a recording/],
      [
        put(1, { spec: { containers: {} } }),
        /\(Pod a\) that no API server has made: spec\.containers is no list/,
      ],
      [put(1, { spec: { containers: [null] } }), /spec\.containers\[0\] is null/],
      [put(1, { status: null }), /status is null/],
      [put(1, { kind: 'Event', involvedObject: undefined }), /involvedObject is missing/],
      [put(1, { kind: 'Event', involvedObject: { kind: null } }), /involvedObject\.kind is null/],
      [
        put(1, { metadata: { name: 'a', resourceVersion: '1', labels: { app: null } } }),
        /metadata\.labels\.app is no text/,
      ],
      [put(1, { spec: {} }), /spec\.containers is missing/],
      [
        put(1, { spec: { containers: [{ name: 'x' }, { image: 7 }] } }),
        /spec\.containers\[1\]\.image is no text/,
      ],
      [{ type: 'KEYFRAME', revision: 1, at: '', objects: [{}] }, /KEYFRAME has an object/],
      [{ type: 'KEYFRAME', revision: 1, at: '' }, /no list of objects/],
      [{ ...put(1), by: 'me' }, /not as an object/],
      [{ ...put(1), by: { at: '', verb: 'update' } }, /no text `user`/],
      [{ ...put(1), by: { at: '', verb: 'update', user: '', userAgent: 1 } }, /`userAgent`/],
      [{ type: 'LOG', at: '', container: 'c', restarts: 0, lines: [] }, /names no pod/],
      [{ ...lines[5], lines: [1] }, /has no lines/],
      [{ ...lines[5], restarts: 0.5 }, /does not count restarts/],
    ]
    for (const [line, message] of cases) await refused(text([header, line]), message)
  })

  it('takes what API servers write: times that are null, events about something without a kind', async () => {
    const metadata = { name: 'a', resourceVersion: '1', creationTimestamp: null }
    const times = { lastProbeTime: null, lastTransitionTime: null }
    const status = { conditions: [{ type: 'Ready', status: 'True', ...times }] }
    const template = { metadata: { creationTimestamp: null }, spec: { containers: [] } }
    const taken = [
      put(1, { metadata, status }),
      put(1, { metadata, kind: 'Deployment', apiVersion: 'apps/v1', spec: { template } }),
      put(1, { metadata, kind: 'Event', involvedObject: {}, firstTimestamp: null }),
    ]
    assert.equal((await read(text([header, ...taken]))).length, 4)
  })

  it('has bounds', async () => {
    await refused(text([header]) + 'x'.repeat(1000), /longer than 500 bytes/, { lineBytes: 500 })
    await refused(text(lines), /more than 3 lines/, { lines: 3 })
    const keyframe = lines[1] as Line
    await refused(text([header, keyframe, keyframe, keyframe]), /more than 2 keyframes/, {
      keyframes: 2,
    })
    assert.equal((await read(text([header, keyframe, keyframe]), { keyframes: 2 })).length, 3)
    const { length } = new TextEncoder().encode(text(lines))
    await refused(text(lines), /more than \d+ bytes; record a shorter/, { bytes: length - 1 })
    assert.deepEqual(await read(text(lines), { bytes: length }), lines)
  })

  it('ends where somebody made one of keyframes that never end', async () => {
    const keyframes = Array.from({ length: 10_001 }, (_, revision) => keyframeOf(revision))
    await refused(text([header, ...keyframes]), /more than 10000 keyframes/, { chunk: 2 ** 16 })
  })

  it('refuses what is no text', async () => {
    const bytes = Buffer.concat([Buffer.from(text([header])), Buffer.from([0x1f, 0x8b, 0xff, 10])])
    await assert.rejects(read(bytes), /line 2: it is not UTF-8/)
  })
})

describe('a recording in a file', () => {
  let place: string
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'recordings-'))
  })
  afterEach(() => rmSync(place, { recursive: true }))

  for (const name of ['plain.jsonl', 'packed.jsonl.gz'])
    it(`comes back from ${name}, which only its owner may read`, async () => {
      const path = join(place, name)
      await writeFile(path, lines)
      assert.deepEqual(await all(readFile(path)), lines)
      assert.equal(statSync(path).mode & 0o777, 0o600)
    })

  it('is read as far as a compressed file goes that was cut', async () => {
    const path = join(place, 'cut.jsonl.gz')
    const many = [...lines.slice(0, 2), ...Array.from({ length: 500 }, (_, at) => put(11 + at))]
    await writeFile(path, many)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.subarray(0, bytes.length / 2))
    const notices: string[] = []
    const part = await all(readFile(path, { cut: (notice) => notices.push(notice) }))
    assert.ok(part.length > 10 && part.length < many.length, `${part.length}`)
    assert.deepEqual(part, many.slice(0, part.length))
    assert.deepEqual(notices.length, 1)
  })

  it('is refused when it is small and unpacks to what no memory holds', async () => {
    const path = join(place, 'bomb.jsonl.gz')
    const packed = (pieces: Iterable<Uint8Array>) =>
      pipeline(Readable.from(pieces), createGzip({ level: 1 }), createWriteStream(path))
    const blank = Buffer.alloc(2 ** 20, ' ')
    await packed(Array.from({ length: 65 }, () => blank))
    assert.ok(statSync(path).size < 2 ** 19)
    await assert.rejects(all(readFile(path)), /^RecordingError: line 1: .* 67108864 bytes/)
    await packed(Array.from({ length: 5 }, () => Buffer.concat([blank, Buffer.from('\n')])))
    const bytes = 4 * 2 ** 20
    await assert.rejects(
      all(readFile(path, { bytes })),
      /^RecordingError: it has more than 4194304 bytes/,
    )
  })

  it('says which file is not there', async () => {
    for (const name of ['none.jsonl', 'none.jsonl.gz'])
      await assert.rejects(all(readFile(join(place, name))), /ENOENT/)
  })
})
