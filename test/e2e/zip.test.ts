import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { openZip } from './zip.ts'

/** A ZIP archive by the book, to read back. */
function zipOf(members: { name: string; content: Buffer; method: 0 | 8 }[], comment = ''): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, method } of members) {
    const data = method === 8 ? deflateRawSync(content) : content
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name)]),
    )
    parts.push(local)
    offset += local.length
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)])
}

describe('a ZIP archive', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'zip-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('gives back stored and deflated members', () => {
    const path = join(directory, 'a.zip')
    const long = Buffer.from('helmsman '.repeat(1000))
    writeFileSync(
      path,
      zipOf(
        [
          { name: 'a/stored', content: Buffer.from('as it is'), method: 0 },
          { name: 'a/deflated', content: long, method: 8 },
        ],
        'with a comment',
      ),
    )
    const zip = openZip(path)
    assert.deepEqual(zip.names(), ['a/stored', 'a/deflated'])
    assert.equal(zip.read('a/stored').toString(), 'as it is')
    assert.deepEqual(zip.read('a/deflated'), long)
    assert.throws(() => zip.read('b'), /has no member b/)
    zip.close()
  })

  it('is refused when it is something else', () => {
    const path = join(directory, 'b.zip')
    writeFileSync(path, 'no archive at all, though long enough to hold an end record')
    assert.throws(() => openZip(path), /not a ZIP archive/)
  })
})
