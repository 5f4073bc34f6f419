/**
 * The rollout page as people use it: a real browser on a real cluster whose pods are simulated, each rollout in a namespace
 * of its own. What the page shows is compared with what kubectl reads of the same revision.
 */

import assert from 'node:assert/strict'
import type { Deployment } from '../../api/types.ts'
import { audit, grave } from '../browser/audit.ts'
import { useBrowser, type Visitor } from '../browser/browser.ts'
import { type Dashboard, dashboardOf } from '../browser/dashboard.ts'
import { assertTrue } from '../browser/oracle.ts'
import { RolloutPage } from '../browser/rollout-page.ts'
import { absentImage, type DeploymentTraits, Rollout } from '../browser/rollouts.ts'
import { startCluster, type TestCluster } from './cluster.ts'

const imageOf = ({ spec }: Deployment): string | undefined =>
  spec?.template?.spec?.containers[0]?.image

describe('the rollout page', () => {
  const visiting = useBrowser()
  let cluster: TestCluster
  let dashboard: Dashboard

  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated', dashboard: true })
    dashboard = await dashboardOf(cluster)
  })
  after(() => cluster?.reset())

  const complete = (namespace: string, traits?: DeploymentTraits) =>
    Rollout.complete(cluster, namespace, traits)

  /** Resolves when the rollout stands there. */
  async function look(visitor: Visitor, { namespace, name }: Rollout): Promise<RolloutPage> {
    const page = await visitor.open(dashboard.urlOf({ namespace, deployment: name }))
    const shown = new RolloutPage(page)
    await page.locator('html[data-rev]').waitFor()
    return shown
  }

  it(
    'follows a rollout to its good end, true at every moment, and says it aloud',
    visiting(async (visitor) => {
      // So slowly that the page sees pods start.
      const annotations = { 'tiphys.dev/simulated-start': '300ms' }
      const rollout = await complete('good', { replicas: 3, annotations })
      const shown = await look(visitor, rollout)
      await shown.says(/web complete/)
      await shown.record()
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      await shown.says(/complete.*web 1\.3.*All 3 replicas are up to date and available/)
      await shown.says(/web: the rollout is complete/, shown.assertive)
      const pictures = await shown.pictures()
      await assertTrue(pictures, rollout)
      for (const { counts } of pictures) {
        const { oldAvailable, newAvailable, oldUnready, newStarting, floor, ceiling } = counts
        const available = oldAvailable + newAvailable
        assert.ok(available >= floor && available + oldUnready + newStarting <= ceiling)
      }
      assert.equal(pictures.at(-1)?.counts.newAvailable, 3)
      assert.ok(pictures.some(({ counts }) => counts.newStarting > 0))
      assert.deepEqual(grave(await audit(shown.page)), [])
    }),
  )

  interface Stuck {
    what: string
    namespace: string
    traits?: DeploymentTraits
    drive: (rollout: Rollout) => Promise<unknown>
    /** In the Deployment's conditions. */
    told: RegExp
    /** On the page. */
    verdict: RegExp
    because: RegExp
  }
  const half = { cpu: '20' }
  const stuck: Stuck[] = [
    {
      what: 'an image that is not there',
      namespace: 'image',
      drive: (rollout) => rollout.setImage(absentImage),
      told: /cannot be pulled/,
      verdict: /stuck.*image "web\.invalid\/web:1\.4" cannot be pulled.*Correct the image/,
      because: /web\.invalid/,
    },
    {
      what: 'a container that ends again and again',
      namespace: 'crash',
      drive: (rollout) => rollout.crash(139),
      told: /CrashLoopBackOff/,
      verdict: /exits with code 139/,
      because: /restart/,
    },
    {
      what: 'a quota that is used up',
      namespace: 'quota',
      drive: async (rollout) => {
        await rollout.quota(3)
        await rollout.setImage('web:1.3')
      },
      told: /quota "few" is exceeded/,
      verdict: /quota "few" is exceeded \(pods: 3 of 3 used/,
      because: /exceeded quota: few/,
    },
    {
      what: 'no room for the surge',
      namespace: 'surge',
      traits: {
        replicas: 1,
        strategy: { maxSurge: '25%', maxUnavailable: '25%' },
        resources: { requests: half },
      },
      drive: (rollout) => rollout.setImage('web:1.3'),
      told: /the old pods hold the room/,
      verdict: /cannot be scheduled.*the old pods hold the room, and maxUnavailable is 0/,
      because: /Insufficient cpu/,
    },
  ]
  for (const { what, namespace, traits, drive, told, verdict, because } of stuck)
    it(
      `says what a rollout is stuck on: ${what}`,
      visiting(async (visitor) => {
        const rollout = await complete(namespace, traits)
        const shown = await look(visitor, rollout)
        await shown.record()
        await drive(rollout)
        await rollout.untilTold(told)
        await shown.says(verdict)
        await shown.tab('Why').click()
        await shown.says(because, shown.details.getByRole('tabpanel'))
        await shown.page
          .getByRole('list', { name: 'Chain of writes' })
          .getByText(/kubectl|kubernetes-admin/)
          .first()
          .waitFor()
        if (!traits) await assertTrue(await shown.pictures(), rollout)
        assert.deepEqual(grave(await audit(shown.page)), [])
      }),
    )

  it(
    'tells of a pod by whom it was caused, up to the one who began',
    visiting(async (visitor) => {
      const rollout = await complete('cause')
      const shown = await look(visitor, rollout)
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      await shown.says(/web complete.*web 1\.3/)
      await shown
        .button(/^web-\w+-\w+ available$/)
        .first()
        .click()
      await shown.tab('Why').click()
      const chain = shown.page.getByRole('list', { name: 'Chain of writes' })
      await shown.says(
        /Pod web-\S+ created.*ReplicaSet web-\S+ (created|replicas).*Deployment web image web 1\.2 -> 1\.3 .*kubectl set/,
        chain,
      )
      assert.equal(await chain.getByText('inferred').count(), 0)
    }),
  )

  it(
    'pauses and resumes',
    visiting(async (visitor) => {
      const rollout = await complete('pause')
      const shown = await look(visitor, rollout)
      await rollout.stall()
      await rollout.untilStalled()
      await shown.says(/web under way/)
      await shown.button('Pause').click()
      await shown.says(/web paused/)
      await shown.says(/web is paused/, shown.done)
      assert.equal((await rollout.get()).spec?.paused, true)
      await shown.button('Resume').click()
      await shown.button('Pause').waitFor()
      assert.equal((await rollout.get()).spec?.paused ?? false, false)
    }),
  )

  it(
    'goes back at a click once it was shown what that does, and forth again',
    visiting(async (visitor) => {
      const rollout = await complete('undo')
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      const shown = await look(visitor, rollout)
      await shown.button(/^Undo to \w+ \(web 1\.2\)$/).click()
      await shown.says(/web:1\.3.*web:1\.2/, shown.dialog.getByRole('list'))
      await shown.says(/at least 3 of 3 stay available/, shown.dialog)
      assert.deepEqual(grave(await audit(shown.page)), [])
      assert.equal(imageOf(await rollout.get()), 'web:1.3', 'nothing was written yet')
      await shown.page.keyboard.press('Enter')
      await shown.says(/web: undo to \w+ \(image/, shown.done)
      await shown.dialog.waitFor({ state: 'detached' })
      assert.equal(imageOf(await rollout.untilComplete()), 'web:1.2')
      await shown.says(/complete.*web 1\.2/)
      await shown.done.getByRole('button', { name: 'Redo' }).click()
      await shown.says(/complete.*web 1\.3/)
      assert.equal(imageOf(await rollout.untilComplete()), 'web:1.3')
      const history = await rollout.kubectl('rollout', 'history', rollout.path)
      assert.match(history, /^3 +undo to \w+ \(image/m)
    }),
  )

  it(
    'asks again when what it would undo has changed meanwhile, and forces nothing',
    visiting(async (visitor) => {
      visitor.expect(/409/)
      const rollout = await complete('conflict')
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      const shown = await look(visitor, rollout)
      await shown.button(/^Undo to \w+ \(web 1\.2\)$/).click()
      await shown.dialog.waitFor()
      await rollout.setImage('web:1.5')
      await rollout.untilComplete()
      await shown.page.keyboard.press('Enter')
      await shown.says(/has changed meanwhile/, shown.dialog)
      await shown.says(/web:1\.5.*web:1\.2/, shown.dialog.getByRole('list'))
      assert.equal(imageOf(await rollout.get()), 'web:1.5')
      await shown.page.keyboard.press('Escape')
      await shown.dialog.waitFor({ state: 'detached' })
      assert.equal(imageOf(await rollout.get()), 'web:1.5')
    }),
  )

  it(
    'says that what was applied would come back',
    visiting(async (visitor) => {
      const rollout = await complete('drift')
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      const shown = await look(visitor, rollout)
      const notes = shown.page.getByRole('list', { name: 'Notes' })
      await shown.says(/Drift.*web:1\.2/, notes)
    }),
  )

  it(
    'is used without a mouse: from apply to stuck, why and undo',
    visiting(async (visitor) => {
      const rollout = await complete('keys')
      const shown = await look(visitor, rollout)
      const { keyboard } = shown.page
      await rollout.setImage(absentImage)
      await shown.says(/web stuck/)
      await shown.says(/cannot be pulled/, shown.assertive)
      await tabTo(shown, shown.tab('Why'))
      await keyboard.press('ArrowRight')
      await shown.details.getByRole('tab', { name: 'Diff', selected: true }).waitFor()
      await keyboard.press('ArrowLeft')
      await shown.says(/web\.invalid/, shown.details.getByRole('tabpanel'))
      await keyboard.press('u')
      const confirm = shown.dialog.getByRole('button', { name: /^Undo to/ })
      await confirm.and(shown.page.locator(':focus')).waitFor()
      await keyboard.press('Enter')
      await shown.says(/web complete/)
      assert.equal(imageOf(await rollout.untilComplete()), 'web:1.2')
      await shown.tab('Why').and(shown.page.locator(':focus')).waitFor()
    }),
  )

  it(
    'shows the same in two tabs, and another rollout in a third',
    visiting(async (visitor) => {
      const rollout = await complete('tabs')
      const other = await Rollout.complete(cluster, 'tabs', { image: 'other:7' }, 'other')
      const [first, second] = [await look(visitor, rollout), await look(visitor, rollout)]
      const third = await look(visitor, other)
      await rollout.setImage('web:1.3')
      await rollout.untilComplete()
      for (const tab of [first, second]) await tab.says(/complete.*web 1\.3/)
      await first.button(/^Undo to \w+ \(web 1\.2\)$/).click()
      await first.page.keyboard.press('Enter')
      await second.says(/complete.*web 1\.2/)
      await first.says(/complete.*web 1\.2/)
      assert.deepEqual(await first.counts(), await second.counts())
      await third.says(/other complete.*other 7/)
      const list = third.page.getByRole('navigation', { name: 'Deployments' })
      await list.getByRole('button', { name: /^web 3\/3/ }).click()
      await third.says(/web complete.*web 1\.2/)
    }),
  )

  it(
    'lets nobody in without the token',
    visiting(async (visitor) => {
      visitor.expect(/401/)
      const stranger = new URL(dashboard.urlOf({ namespace: 'default' }))
      stranger.hash = `token=${'x'.repeat(43)}`
      const page = await visitor.open(stranger.href)
      await page.getByRole('alert').filter({ hasText: 'not the present one' }).waitFor()
      await page.getByRole('textbox').fill(dashboard.urlOf({ namespace: 'default' }))
      await page.getByRole('button', { name: 'Open' }).click()
      await new RolloutPage(page).says(/live/, page.getByRole('status', { name: 'Link' }))
    }),
  )
})

/** Presses Tab until it has the focus. */
async function tabTo({ page }: RolloutPage, target: ReturnType<RolloutPage['tab']>): Promise<void> {
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press('Tab')
    if ((await target.and(page.locator(':focus')).count()) > 0) return
  }
  assert.fail('Tab does not lead there')
}
