/**
 * What a client sends, as text: a line a request, with everything normalised that differs from run to run. For tests that
 * notice when a client begins to ask otherwise, which it does when what it is told has changed.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Exchange } from '../http/exchange.ts'

/** One command and the requests that it caused. */
export interface Section {
  title: string
  lines: string[]
}

export interface Recorder {
  observe(exchange: Exchange): void
  /** The lines since the last call, in the order in which the requests came. */
  take(): string[]
}

export function recorder(): Recorder {
  let seen: Exchange[] = []
  return {
    observe(exchange) {
      // Clients say who they are; a test's own requests do not.
      if (exchange.header('user-agent') !== undefined) seen.push(exchange)
    },
    take() {
      const lines = seen.map(lineOf)
      seen = []
      return lines
    },
  }
}

/** `PATCH /api/v1/...?force=false  body application/json  accept application/json  200`; 0 where it was upgraded. */
function lineOf({ method, url, headers, code }: Exchange): string {
  const parts = [`${method} ${normalUrl(url)}`]
  const type = headers['content-type']
  // Go's client names a type where it sends no body, too.
  if (type !== undefined && method !== 'GET') parts.push(`body ${type}`)
  if (headers.accept !== undefined) parts.push(`accept ${headers.accept}`)
  return [...parts, String(code)].join('  ')
}

/** Parameters that differ from run to run, and what stands for them. */
const changing: [name: string, value: RegExp, instead: string][] = [
  ['hash', /./, 'HASH'],
  // 0 has a meaning of its own.
  ['resourceVersion', /^[1-9]/, 'VERSION'],
  ['timeoutSeconds', /^\d/, 'SECONDS'],
  ['continue', /./, 'TOKEN'],
]
const uid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

function normalUrl(url: string): string {
  const { pathname, searchParams } = new URL(url, 'https://host')
  for (const [name, value, instead] of changing)
    if (value.test(searchParams.get(name) ?? '')) searchParams.set(name, instead)
  searchParams.sort()
  const query = decodeURIComponent(searchParams.toString()).replace(uid, 'UID')
  return `${pathname.replace(uid, 'UID')}${query && '?'}${query}`
}

/** Sections as they stand in a file: `$ command`, its lines, a blank line. */
const textOf = (sections: readonly Section[]): string =>
  sections.map(({ title, lines }) => `$ ${title}\n${lines.join('\n')}\n`).join('\n')

const sectionsOf = (text: string): Section[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.trimEnd().split('\n')
      return { title, lines }
    })

/**
 * Compares what was recorded with the file, or writes the file when `TIPHYS_RECORD` is set. Writes must come in their order;
 * reads are a set: clients read concurrently, and poll.
 */
export function assertTranscript(file: string, recorded: readonly Section[]): void {
  if (process.env.TIPHYS_RECORD) writeFileSync(file, textOf(recorded))
  const expected = sectionsOf(readFileSync(file, 'utf8'))
  assert.deepEqual(
    recorded.map(({ title }) => title),
    expected.map(({ title }) => title),
  )
  for (const [index, { title, lines }] of recorded.entries())
    assert.deepEqual(comparable(lines), comparable(expected[index]?.lines ?? []), `$ ${title}`)
}

const comparable = (lines: readonly string[]) => ({
  reads: [...new Set(lines.filter(isRead))].sort(),
  writes: lines.filter((line) => !isRead(line)),
})

const isRead = (line: string) => line.startsWith('GET ')
