/**
 * The rollout page in a real browser: from the commit of a change until it stands on the screen, what that costs the
 * browser, and how long a step into the past takes.
 */

import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { createInterface } from 'node:readline'
import { gzipSync } from 'node:zlib'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { pageAssets } from '../dashboard/build.ts'
import type { Line } from '../recordings/recording.ts'
import { launchBrowser } from '../test/browser/browser.ts'
import { type Dashboard, serveDashboard } from '../test/browser/dashboard.ts'
import { until } from '../test/browser/until.ts'
import { hasProgram } from '../test/needs.ts'
import type { Benchmark, Figure } from './figure.ts'
import { type ApiServer, startApiServer } from './lab/api-server.ts'
import type { Address } from './lab/connection.ts'
import { kubeconfigFor } from './lab/kubeconfig.ts'
import type { Lab } from './lab/lab.ts'
import { churn, makeCrowd, Writer } from './page/crowd.ts'
import { firstSince, forgetStamps, heapOf, stampScript, stampsOf } from './page/stamps.ts'
import { percentile } from './statistics.ts'

const perSecond = 50

interface Stage {
  lab: Lab
  server: ApiServer
  writer: Writer
  dashboard: Dashboard
  browser: Browser
}

interface Watched {
  page: Page
  session: CDPSession
}

async function open({ browser, dashboard }: Stage, deployment: string): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(stampScript)
  await page.goto(dashboard.urlOf({ namespace: 'default', deployment }))
  await page.locator('[data-rev]').first().waitFor()
  return { page, session: await context.newCDPSession(page) }
}

/** When the server committed each revision; milliseconds since the epoch. */
async function commitsOf(
  { address }: ApiServer,
  revisions: readonly number[],
): Promise<Map<number, number>> {
  const from = `namespace=default&resources=pods&from=${revisions[0]! - 1}&keyframe=false`
  const commits = new Map<number, number>()
  for await (const text of linesOf(address, `/tiphys/v1/recording?${from}`)) {
    const { type, revision, at } = JSON.parse(text) as Line & { revision: number; at: string }
    if (type === 'PUT') commits.set(revision, Date.parse(at))
  }
  return commits
}

/** An answer of many lines, which comes without a length. */
async function* linesOf({ port, ca, certificate, key }: Address, path: string) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, ca, cert: certificate, key, agent: false }, resolve).once(
      'error',
      reject,
    )
  })
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`)
  yield* createInterface(answer)
}

const differences = (from: readonly number[], to: readonly number[]) =>
  to.map((time, at) => time - from[at]!)

/** How long the page takes while a crowd changes. */
async function latency(stage: Stage, count: number): Promise<Figure[]> {
  const { lab, server, writer } = stage
  const name = `crowd-${count}`
  const seconds = lab.amount(48, 1)
  lab.progress(`page: ${count} pods, ${perSecond} changes/s for ${seconds} s`)
  await makeCrowd(writer, name, count)
  const { page, session } = await open(stage, name)
  const firstPaint = await paintOf(page)
  const warmUp = await churn(lab.clock, writer, { name, count }, { perSecond, seconds: 1 })
  const pace = { perSecond, seconds, done: warmUp.length }
  await painted(page, Math.max(...warmUp))
  await forgetStamps(page)
  const before = await heapOf(session)
  const revisions = await churn(lab.clock, writer, { name, count }, pace)
  revisions.sort((a, b) => a - b)
  await painted(page, revisions.at(-1)!)
  const stamps = await stampsOf(page)
  const growth = (await heapOf(session)) - before
  const nodes = (await page.evaluate('document.querySelectorAll("*").length')) as number
  const commits = await commitsOf(server, revisions)
  const committed = revisions.map((revision) => commits.get(revision)!)
  const received = differences(committed, firstSince(revisions, stamps.received))
  const shown = differences(committed, firstSince(revisions, stamps.painted))
  await page.context().close()
  const what = `${count} pods, ${perSecond} changes/s`
  const ms = (value: number) => ({ value, unit: 'ms' })
  return [
    {
      what: `page: commit to picture, p95, ${what}`,
      measured: ms(percentile(shown, 0.95)),
      target: { atMost: 150 },
      notes: [
        `p50 ${percentile(shown, 0.5).toFixed(0)} ms; to the bytes of the stream p50 ${percentile(received, 0.5).toFixed(0)} ms, p95 ${percentile(received, 0.95).toFixed(0)} ms; ${stamps.painted.length} pictures of ${revisions.length} changes`,
      ],
    },
    {
      what: `page: tasks longer than 50 ms in ${seconds} s, ${what}`,
      measured: { value: stamps.longTasks.length, unit: 'tasks' },
      target: { atMost: 0 },
      notes: [`longest ${Math.max(0, ...stamps.longTasks).toFixed(0)} ms`],
    },
    {
      what: `page: heap growth in ${seconds} s, ${what}`,
      measured: { value: growth / 2 ** 20, unit: 'MB' },
      target: { atMost: 2 },
      notes: [`${(before / 2 ** 20).toFixed(1)} MB before, after a collection both times`],
    },
    {
      what: `page: elements, ${count} pods`,
      measured: { value: nodes, unit: 'elements' },
      target: { atMost: 2_000 },
    },
    {
      what: `page: first picture, ${count} pods`,
      measured: ms(firstPaint),
      target: { atMost: 500 },
      notes: ['from navigation until the rollout stands there; browser and server already run'],
    },
  ]
}

/** Resolves when a revision, or a later one, stands on the screen. */
async function painted(page: Page, revision: number): Promise<void> {
  await until(page, `window.stamps.painted.some(([seen]) => seen >= ${revision})`)
}

/** Milliseconds from navigation to the first revision on the screen. */
async function paintOf(page: Page): Promise<number> {
  await until(page, 'window.stamps.painted.length > 0')
  return (await page.evaluate('window.stamps.painted[0][1] - performance.timeOrigin')) as number
}

/** Step by step into the past of a namespace with very many objects. */
async function scrub(stage: Stage): Promise<Figure> {
  const { lab, writer } = stage
  const crowd = lab.amount(200, 5)
  const crowds = lab.amount(48, 1)
  const steps = lab.amount(150, 5)
  lab.progress(`page: ${crowds} crowds of ${crowd} beside one that is looked at`)
  for (let n = 0; n < crowds; n++) await makeCrowd(writer, `bystander-${n}`, crowd)
  const name = 'past'
  await makeCrowd(writer, name, crowd)
  const pace = { perSecond: 100, seconds: lab.amount(4, 1) }
  const revisions = await churn(lab.clock, writer, { name, count: crowd }, pace)
  const { page } = await open(stage, name)
  await painted(page, Math.max(...revisions))
  await page.locator('body').focus()
  const times: number[] = []
  for (let n = 0; n < steps; n++) times.push(await stepBack(page))
  await page.context().close()
  const objects = (crowds + 1) * (crowd + 2)
  return {
    what: `page: one step into the past, p95, ${objects.toLocaleString('en-US')} objects`,
    measured: { value: percentile(times, 0.95), unit: 'ms' },
    target: { atMost: 50 },
    notes: [
      `from the key to the picture: p50 ${percentile(times, 0.5).toFixed(0)} ms, longest ${Math.max(...times).toFixed(0)} ms of ${times.length} steps; two frames of the screen are 33 ms of it`,
    ],
  }
}

/** Milliseconds from a key until another revision stands on the screen. */
async function stepBack(page: Page): Promise<number> {
  const count = await page.evaluate('window.stamps.past.length')
  await page.keyboard.press('ArrowLeft')
  await until(page, `window.stamps.past.length > ${count}`)
  return (await page.evaluate(`window.stamps.past[${count}][1] - window.stamps.pressed`)) as number
}

/** What the browser has to fetch before it can show anything. */
async function weight(): Promise<Figure> {
  const scripts = [...(await pageAssets())].filter(([path]) => path.endsWith('.js'))
  const size = scripts.reduce((sum, [, { bytes }]) => sum + gzipSync(bytes).length, 0)
  return {
    what: 'page: scripts, compressed',
    measured: { value: size / 1024, unit: 'KB' },
    target: { atMost: 60 },
  }
}

async function run(lab: Lab): Promise<Figure[]> {
  const server = await startApiServer(lab, 'sqlite')
  const writer = await Writer.open(server.address)
  const kubeconfig = await kubeconfigFor(lab, server.address)
  const { dashboard } = lab.use(await serveDashboard({ kubeconfig }))
  const browser = await launchBrowser()
  lab.use({ stop: () => browser.close() })
  const stage = { lab, server, writer, dashboard, browser }
  const figures = [
    await weight(),
    ...(await latency(stage, lab.amount(200, 5))),
    ...(await latency(stage, lab.amount(500, 10))),
    await scrub(stage),
  ]
  writer.close()
  return figures
}

export const page: Benchmark = {
  name: 'page',
  target:
    'a change stands on the screen within 150 ms (p95) at 50 a second; a step back within 50 ms',
  obstacle: () => (hasProgram('chromium') ? undefined : 'there is no chromium'),
  run,
}
