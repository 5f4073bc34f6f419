import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextPort, pageAddress, pagePort } from './page.ts'
import type { Settings } from './settings.ts'

describe('where the rollout page of an instance is', () => {
  let directory: string
  let other: Server
  let taken: number
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tiphys-page-'))
    other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    taken = (other.address() as AddressInfo).port
  })
  after(() => {
    other.close()
    rmSync(directory, { recursive: true })
  })

  const settings = (dashboardPort?: number) =>
    ({
      dataDir: directory,
      runDir: directory,
      ...(dashboardPort !== undefined && { dashboardPort }),
    }) as Settings

  it('is at 6480 or the next port that is free', async () => {
    assert.equal(await pagePort(settings(), {}), await nextPort())
  })

  it('stays where it was, unless somebody else is there now', async () => {
    const free = await pagePort(settings(), { dashboardPort: 0 })
    assert.equal(await pagePort(settings(free), {}), free)
    assert.notEqual(await pagePort(settings(taken), {}), taken)
  })

  it('is where it is asked to be, or nowhere', async () => {
    const asked = pagePort(settings(), { dashboardPort: taken })
    await assert.rejects(asked, { message: `port ${taken} is taken by another program` })
  })

  it('is not there when it is not wanted, until it is wanted again', async () => {
    assert.equal(await pagePort(settings(taken), { dashboard: false }), 0)
    assert.equal(await pagePort(settings(0), {}), 0)
    assert.ok((await pagePort(settings(0), { dashboardPort: 0 })) > 0)
  })

  it('is opened by an address that stays the same', () => {
    const address = pageAddress(settings(6480))
    assert.match(address, /^http:\/\/127\.0\.0\.1:6480\/#token=[\w-]{43}$/)
    assert.equal(pageAddress(settings(6480)), address)
  })
})
