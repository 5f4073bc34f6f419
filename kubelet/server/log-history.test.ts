import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { serveLogHistory } from './log-history.ts'
import { Refusal } from './refusal.ts'
import { routeOf } from './routes.ts'

const place = { namespace: 'default', pod: 'web', uid: 'u-1', container: 'main' }
const line = (second: number, words: string) =>
  `2026-01-01T00:00:0${second}.000000001Z stdout F ${words}\n`

describe('serving the log of what is gone', () => {
  let directory: string
  let paths: string[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tiphys-logs-'))
    paths = ['0.log', 'gone.log', '1.log'].map((name) => join(directory, name))
    await writeFile(paths[0] ?? '', line(1, 'one') + line(2, 'two'))
    await writeFile(paths[2] ?? '', line(3, 'three'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  async function ask(query = ''): Promise<string> {
    const response = Object.assign(new PassThrough(), { setHeader: () => undefined })
    const ports = { logHistory: { files: async () => paths }, clock: new VirtualClock() }
    const asked = new URLSearchParams(query)
    const served = serveLogHistory(ports, place, asked, response as unknown as ServerResponse)
    const [read] = await Promise.all([text(response), served.catch(() => response.end())])
    await served
    return read
  }

  it('gives the lines of all instances with their times, without those that went meanwhile', async () => {
    const lines = ['1.000000001Z one', '2.000000001Z two', '3.000000001Z three']
    assert.equal(await ask(), lines.map((end) => `2026-01-01T00:00:0${end}\n`).join(''))
  })

  it('begins where it is asked to and ends after so many bytes', async () => {
    assert.equal(
      await ask('sinceTime=2026-01-01T00:00:02Z&limitBytes=40'),
      '2026-01-01T00:00:02.000000001Z two\n2026-',
    )
    await assert.rejects(ask('sinceTime=yesterday'), RangeError)
  })

  it('says where nothing is kept', async () => {
    paths = []
    await assert.rejects(ask(), (error) => error instanceof Refusal && error.code === 404)
  })

  it('is asked for by namespace, pod, uid and container', () => {
    assert.deepEqual(routeOf('/logHistory/default/web/u-1/main'), { what: 'logHistory', ...place })
    assert.equal(routeOf('/logHistory/default/web/main'), undefined)
  })
})
