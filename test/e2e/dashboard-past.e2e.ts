/**
 * The rollout page and time: what was, servers that are killed under it, history that is forgotten, and a recording that is
 * opened as a file.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openEtcd } from '../../apiserver/storage/etcd.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { audit, grave } from '../browser/audit.ts'
import { useBrowser, type Visitor } from '../browser/browser.ts'
import { type Dashboard, dashboardOf, serveDashboard } from '../browser/dashboard.ts'
import { assertTrue, countsOfHeld } from '../browser/oracle.ts'
import { RolloutPage } from '../browser/rollout-page.ts'
import { absentImage, Rollout } from '../browser/rollouts.ts'
import { until } from '../browser/until.ts'
import { hasProgram, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'

describe('the past on the rollout page', () => {
  const visiting = useBrowser()
  const storage = hasProgram('etcd') ? 'etcd' : 'sqlite'
  let cluster: TestCluster
  let dashboard: Dashboard

  before(async () => {
    cluster = await startCluster({ storage, runtime: 'simulated', dashboard: true })
    dashboard = await dashboardOf(cluster)
  })
  after(() => cluster?.reset())

  async function look(
    visitor: Visitor,
    { namespace, name }: Rollout,
    at?: number,
  ): Promise<RolloutPage> {
    const url = dashboard.urlOf({ namespace, deployment: name, ...(at !== undefined && { at }) })
    const page = await visitor.open(url)
    const shown = new RolloutPage(page)
    await (at === undefined ? page.locator('html[data-rev]').waitFor() : shown.shows(at))
    return shown
  }

  /** First 1.2, then 1.3, and now an image that is not there. */
  async function threeTemplates(namespace: string): Promise<Rollout> {
    const rollout = await Rollout.complete(cluster, namespace)
    await rollout.setImage('web:1.3')
    await rollout.untilComplete()
    await rollout.setImage(absentImage)
    await rollout.untilTold(/cannot be pulled/)
    return rollout
  }

  it(
    'is gone through key by key, and is at every revision what the cluster was',
    visiting(async (visitor) => {
      const rollout = await threeTemplates('scrub')
      const shown = await look(visitor, rollout)
      const { keyboard } = shown.page
      const before = await rollout.revision()
      await shown.says(/web stuck/)
      const seen: number[] = []
      for (let n = 0; n < 12; n++) {
        await keyboard.press(n % 4 === 3 ? 'Shift+ArrowLeft' : 'ArrowLeft')
        seen.push(await shown.pastBefore(seen.at(-1) ?? before + 1))
      }
      // The address follows the playhead a little later.
      await shown.page.waitForURL(({ hash }) => hash.endsWith(`at=r${seen.at(-1)}`))
      for (const revision of [seen[2]!, seen[11]!]) {
        await shown.page.evaluate(
          `location.hash = location.hash.replace(/at=r\\d+/, 'at=r${revision}')`,
        )
        await shown.shows(revision)
        assert.deepEqual(await shown.counts(), countsOfHeld(await rollout.at(revision)))
      }
      await shown.says(/viewing \d\d:\d\d:\d\d.*ago/, shown.moment)
      assert.deepEqual(grave(await audit(shown.page)), [])
      await keyboard.press('L')
      await shown.moment.waitFor({ state: 'detached' })
      await shown.says(/web stuck/)
    }),
  )

  it(
    'has an address, and the template of then is a click away',
    visiting(async (visitor) => {
      const rollout = await Rollout.complete(cluster, 'address')
      const then = await rollout.revision()
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      const shown = await look(visitor, rollout, then)
      await shown.says(/web complete.*web 1\.2/)
      assert.equal(await shown.button('Pause').count(), 0)
      await shown.tab('YAML').click()
      await shown.says(/image: "?web:1\.2/, shown.details.getByRole('tabpanel'))
      await shown.verdict.getByRole('button', { name: /^Undo to \w+ \(web 1\.2\)$/ }).click()
      await shown.dialog.waitFor()
      await shown.page.keyboard.press('Enter')
      await shown.says(/web: undo to \w+ \(image/, shown.done)
      await rollout.untilComplete()
      await shown.button(/^Back to live/).click()
      await shown.says(/web complete.*web 1\.2/)
    }),
  )

  it(
    'keeps pods that are gone in their places',
    visiting(async (visitor) => {
      const rollout = await Rollout.complete(cluster, 'ghosts', { replicas: 2 })
      const shown = await look(visitor, rollout)
      const tiles = shown.page
        .getByRole('list', { name: /^Pods of/ })
        .last()
        .getByRole('button')
      await shown.says(/web complete/)
      const names = await Promise.all(
        (await tiles.all()).map((tile) => tile.getAttribute('aria-label')),
      )
      assert.equal(names.length, 2)
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      for (const name of names) {
        const gone = new RegExp(`^${name?.split(' ')[0]} gone since \\d\\d:\\d\\d:\\d\\d`)
        await shown.button(gone).waitFor({ state: 'attached' })
      }
    }),
  )

  it(
    'goes on when the API server was killed in the middle of a rollout',
    visiting(async (visitor) => {
      visitor.expect(/Failed to load resource.*50\d/)
      const rollout = await Rollout.complete(cluster, 'killed')
      const shown = await look(visitor, rollout)
      await rollout.stall()
      await rollout.untilStalled()
      await shown.says(/web under way/)
      await shown.record()
      await whileDown('apiserver', () => shown.says(/^stale since/, shown.link))
      await shown.says(/^live/, shown.link)
      await rollout.recover()
      await rollout.untilComplete()
      await shown.says(/web complete/)
      await assertTrue(await shown.pictures(), rollout)
    }),
  )

  it(
    'goes on when its own server was killed',
    visiting(async (visitor) => {
      visitor.expect(/Failed to load resource|ERR_/)
      const rollout = await Rollout.complete(cluster, 'reconnected')
      const shown = await look(visitor, rollout)
      await shown.says(/web complete/)
      await whileDown('dashboard', () => shown.says(/^(reconnecting|stale)/, shown.link))
      await shown.says(/^live/, shown.link)
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      await shown.says(/web complete.*web 1\.3/)
    }),
  )

  it(
    'says so when history was forgotten under the playhead, and goes to where it begins now',
    visiting(async (visitor, test) => {
      need(test, storage === 'etcd', 'needs etcd')
      visitor.expect(/Failed to load resource|ERR_/)
      const rollout = await Rollout.complete(cluster, 'forgotten')
      const then = await rollout.revision()
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      const shown = await look(visitor, rollout, then)
      await shown.says(/web complete.*web 1\.2/)
      await compact(await rollout.revision())
      // What the page's server has read it still knows ...
      await shown.page.keyboard.press('ArrowRight')
      await until(shown.page, `document.documentElement.dataset.pastRev > ${then}`)
      await shown.page.keyboard.press('ArrowLeft')
      await shown.shows(then)
      // ... one that begins again does not.
      await whileDown('dashboard', () => shown.says(/^(reconnecting|stale)/, shown.link))
      await shown.says(/^live/, shown.link)
      await shown.page.reload()
      await shown.says(/history|kept|begins/i, shown.done)
      await shown.page.keyboard.press('L')
      await shown.says(/web complete.*web 1\.3/)
    }),
  )

  it(
    'is opened from a file, where nothing can be changed',
    visiting(async (visitor) => {
      const rollout = await threeTemplates('file')
      const live = await look(visitor, rollout)
      await live.says(/web stuck/)
      const downloading = live.page.waitForEvent('download')
      await live.button('Save the recording').click()
      const file = join(cluster.dataDir, '..', 'file.jsonl')
      await (await downloading).saveAs(file)
      const served = await serveDashboard({ file })
      try {
        const { namespace, name: deployment } = rollout
        const page = await visitor.open(served.dashboard.urlOf({ namespace, deployment }))
        const shown = new RolloutPage(page)
        await shown.says(/web stuck.*cannot be pulled/)
        await shown.says(/^recording/, shown.link)
        for (const name of [/^Undo/, /^Pause/, /^Resume/])
          assert.equal(await shown.button(name).count(), 0)
        await page.keyboard.press('ArrowLeft')
        await shown.pastBefore(Number.MAX_SAFE_INTEGER)
        await shown.says(/viewing/, shown.moment)
        assert.equal(await shown.button(/^Undo/).count(), 0)
        assert.deepEqual(grave(await audit(page)), [])
        const status = await page.evaluate(`fetch('/api/undo', {
          method: 'POST',
          headers: { authorization: 'Bearer ${served.dashboard.token}', 'content-type': 'application/json' },
          body: JSON.stringify({ namespace: 'file', deployment: 'web', to: 'x', resourceVersion: '1' }),
        }).then(({ status }) => status)`)
        // The refusal, and that it ends though somebody looks.
        visitor.expect(/Failed to load resource.*(4\d\d|ERR_)/)
        assert.ok(Number(status) >= 400 && Number(status) < 500, `answered ${status}`)
      } finally {
        await served.stop()
      }
    }),
  )

  /** Kills a component, and lets its supervisor begin it again only when `during` has resolved. */
  async function whileDown(component: string, during: () => Promise<void>): Promise<void> {
    const [supervisor, pid] = [await cluster.pidOf('supervisor'), await cluster.pidOf(component)]
    process.kill(supervisor, 'SIGSTOP')
    try {
      process.kill(pid, 'SIGKILL')
      await during()
    } finally {
      process.kill(supervisor, 'SIGCONT')
    }
  }

  /** As an API server does with what is too old: another that shares the store. */
  async function compact(revision: number): Promise<void> {
    const endpoint = `unix://${join(cluster.runDir, 'etcd:0')}`
    const store = openEtcd({ endpoints: [endpoint], clock: systemClock })
    try {
      await store.compact(revision)
    } finally {
      await store.close()
    }
  }
})
