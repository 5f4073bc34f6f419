/** The rollout page as a part of an instance: where it is, that it comes back, and that it goes with the rest. */

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../cli/wait.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { startCluster, type TestCluster } from './cluster.ts'

describe('the rollout page of an instance', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated', dashboard: true })
  })
  after(() => cluster?.reset())

  const address = async () => {
    const { code, stdout } = await cluster.tiphys('dashboard')
    assert.equal(code, 0)
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/)
    return new URL(stdout.trim())
  }
  const list = async () => {
    const { origin, hash } = await address()
    const headers = { authorization: `Bearer ${hash.slice('#token='.length)}` }
    const answer = await fetch(`${origin}/api/list?namespace=default`, { headers })
    return { code: answer.status, body: (await answer.json()) as { rows?: unknown[] } }
  }

  it('is where the command says, for who has the token', async () => {
    const { code, body } = await list()
    assert.equal(code, 200)
    assert.deepEqual(body.rows, [])
    const { origin } = await address()
    assert.equal((await fetch(`${origin}/api/list?namespace=default`)).status, 401)
    const page = await fetch(origin)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /<script type="module" src="\/page-[A-Z0-9]{8}\.js">/)
  })

  it('keeps its token where only its owner reads it', () => {
    const { mode } = statSync(join(cluster.dataDir, 'dashboard.token'))
    assert.equal(mode & 0o777, 0o600)
  })

  it('is told of beside the other parts, and comes back at the same address when it was killed', async () => {
    const before = (await address()).href
    const pid = await cluster.pidOf('dashboard')
    process.kill(pid, 'SIGKILL')
    await until(
      async () => {
        const answer = await list().catch(() => undefined)
        return answer?.code === 200 ? true : undefined
      },
      {
        clock: systemClock,
        signal: new AbortController().signal,
        what: 'the page',
        timeoutMs: 20_000,
      },
    )
    assert.notEqual(await cluster.pidOf('dashboard'), pid)
    assert.equal((await address()).href, before)
  })

  it('goes with the instance, comes with it, and not where it is not wanted', async () => {
    const pid = await cluster.pidOf('dashboard')
    const before = (await address()).href
    await cluster.stop()
    assert.throws(() => process.kill(pid, 0))
    assert.equal((await cluster.tiphys('up')).code, 0)
    assert.equal((await address()).href, before)
    const off = await cluster.tiphys('up', '--no-dashboard')
    assert.equal(off.code, 0)
    assert.ok(!off.stdout.includes('http://'))
    const { stdout } = await cluster.tiphys('status')
    assert.ok(!/^(dashboard|page) /m.test(stdout), stdout)
    await assert.rejects(fetch(before))
  })
})
