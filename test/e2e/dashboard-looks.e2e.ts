/** The rollout page for those who see it small, dark, in their own colours, without motion, as tables, or not at all. */

import assert from 'node:assert/strict'
import { audit, grave } from '../browser/audit.ts'
import { useBrowser, type Visitor, type VisitorOptions } from '../browser/browser.ts'
import { type Dashboard, dashboardOf } from '../browser/dashboard.ts'
import { RolloutPage } from '../browser/rollout-page.ts'
import { absentImage, Rollout } from '../browser/rollouts.ts'
import { startCluster, type TestCluster } from './cluster.ts'

interface Look {
  what: string
  options: VisitorOptions
}

const looks: Look[] = [
  { what: 'in the dark', options: { colorScheme: 'dark' } },
  { what: 'in colours of the user', options: { forcedColors: 'active' } },
  { what: 'in 320 pixels', options: { viewport: { width: 320, height: 640 } } },
  { what: 'enlarged twice', options: { viewport: { width: 640, height: 450 } } },
]

describe('the looks of the rollout page', () => {
  const visiting = useBrowser()
  let cluster: TestCluster
  let dashboard: Dashboard
  let stuck: Rollout

  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated', dashboard: true })
    dashboard = await dashboardOf(cluster)
    stuck = await Rollout.complete(cluster, 'looks', { replicas: 4 })
    await stuck.setImage(absentImage)
    await stuck.untilTold(/cannot be pulled/)
  })
  after(() => cluster?.reset())

  async function look(visitor: Visitor): Promise<RolloutPage> {
    const { namespace, name: deployment } = stuck
    const shown = new RolloutPage(await visitor.open(dashboard.urlOf({ namespace, deployment })))
    await shown.says(/web stuck.*cannot be pulled/)
    return shown
  }

  for (const { what, options } of looks)
    it(
      `keep nothing from anybody ${what}`,
      visiting(async (visitor) => {
        const shown = await look(visitor)
        assert.deepEqual(grave(await audit(shown.page)), [])
        assert.equal(await overflow(shown), 0, 'it scrolls sideways')
        await wholly(shown, /Correct the image/)
        await shown.button(/^Undo to \w+ \(web 1\.2\)$/).click()
        await shown.dialog.waitFor()
        assert.deepEqual(grave(await audit(shown.page)), [])
        assert.equal(await overflow(shown), 0, 'the dialog scrolls sideways')
        await shown.page.keyboard.press('Escape')
      }, options),
    )

  it(
    'tell the same as tables',
    visiting(async (visitor) => {
      const shown = await look(visitor)
      const { page } = shown
      const drawn = await shown.counts()
      const pods = await page
        .getByRole('list', { name: /^Pods of/ })
        .getByRole('button')
        .count()
      await shown.button('Tables').click()
      const bounds = page.getByRole('table', { name: 'Bounds' })
      const told = {
        desired: drawn.desired,
        floor: drawn.floor,
        ceiling: drawn.ceiling,
        'old available': drawn.oldAvailable,
        'new starting': drawn.newStarting,
      }
      for (const [name, count] of Object.entries(told))
        await bounds.getByRole('row', { name: new RegExp(`^${name} ${count}\\b`) }).waitFor()
      const rows = await page.getByRole('table', { name: 'Pods' }).getByRole('row').count()
      assert.equal(rows - 1, pods)
      for (const name of ['Revisions', 'Timeline'])
        await page.getByRole('table', { name }).getByRole('row').nth(1).waitFor()
      assert.deepEqual(grave(await audit(page)), [])
    }),
  )

  it(
    'move nothing where nothing shall move',
    visiting(
      async (visitor) => {
        const shown = await look(visitor)
        const moving =
          await shown.page.evaluate(`[...document.querySelectorAll('*')].filter((each) => {
          const { animationName, animationDuration, transitionDuration } = getComputedStyle(each)
          const lasts = (times) => times.split(',').some((time) => parseFloat(time) > 0.011)
          return (animationName !== 'none' && lasts(animationDuration)) || lasts(transitionDuration)
        }).length`)
        assert.equal(moving, 0)
      },
      { reducedMotion: 'reduce' },
    ),
  )

  it(
    'are told how to go on by keys, which can be switched off',
    visiting(async (visitor) => {
      const shown = await look(visitor)
      const { keyboard } = shown.page
      await keyboard.press('?')
      await shown.says(/one revision back/, shown.dialog)
      assert.deepEqual(grave(await audit(shown.page)), [])
      await shown.dialog.getByRole('checkbox', { name: /Single letters/ }).uncheck()
      await keyboard.press('Escape')
      await shown.dialog.waitFor({ state: 'detached' })
      await keyboard.press('t')
      await keyboard.press('ArrowLeft')
      await shown.says(/viewing/, shown.moment)
      assert.equal(await shown.page.getByRole('table').count(), 0)
    }),
  )

  it(
    'stay within bounds with very many pods, which can be drilled into',
    visiting(async (visitor) => {
      const crowd = await Rollout.complete(cluster, 'crowd', { replicas: 105, image: 'many:1' })
      const url = dashboard.urlOf({ namespace: 'crowd', deployment: crowd.name })
      const shown = new RolloutPage(await visitor.open(url))
      await shown.says(/web complete/)
      assert.ok((await shown.page.locator('*').count()) < 2_000)
      await shown.button(/^105 available/).click()
      const pods = shown.page.getByRole('list', { name: /^available pods of/ })
      await pods.getByRole('button').first().click()
      await shown.says(/pod\/web-/, shown.details)
      assert.deepEqual(grave(await audit(shown.page)), [])
    }),
  )
})

/** Pixels that stand out to the right. */
const overflow = async ({ page }: RolloutPage): Promise<number> =>
  Number(
    await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    ),
  )

/** The words are in the verdict, and none of them is cut off. */
async function wholly({ verdict }: RolloutPage, words: RegExp): Promise<void> {
  const text = verdict.getByText(words)
  await text.scrollIntoViewIfNeeded()
  const [outer, inner] = [await verdict.boundingBox(), await text.boundingBox()]
  assert.ok(outer && inner, 'it is not shown')
  assert.ok(inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height, 'it is cut off')
  assert.ok(inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width, 'it is cut off')
}
