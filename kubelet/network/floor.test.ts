import assert from 'node:assert/strict'
import { isRoot, need } from '../../test/needs.ts'
import { run } from './command.ts'
import type { FloorOptions } from './floor.ts'

const options: FloorOptions = {
  bridge: 'br0',
  podCidr: '10.244.0.0/24',
  clusterCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  clusterDns: '10.96.0.10',
}

/** Below and above whatever the kernel gives a bridge. */
const lowest = '02:00:00:00:00:01'
const highest = 'fe:ff:ff:ff:ff:ff'

/** A network namespace of our own, and the floor in it. */
class Ground {
  readonly #name = `tfloor${process.pid}`

  make = () => run('ip', ['netns', 'add', this.#name])
  remove = () => run('ip', ['netns', 'delete', this.#name])
  ip = (...args: string[]) => run('ip', ['-netns', this.#name, ...args])

  /** Each process has one network: another one has to make it. */
  ensure(): Promise<string> {
    const code = `import { ensureFloor } from ${JSON.stringify(`${import.meta.dirname}/floor.ts`)}
      await ensureFloor(${JSON.stringify(options)})`
    const node = [process.execPath, '--input-type=module', '--eval', code]
    return run('ip', ['netns', 'exec', this.#name, ...node])
  }

  /** What the bridge plugin does for a pod. */
  async plug(port: string, address: string): Promise<void> {
    await this.ip('link', 'add', port, 'address', address, 'type', 'veth')
    await this.ip('link', 'set', port, 'master', 'br0', 'up')
  }

  async bridgeAddress(): Promise<string | undefined> {
    const [link] = JSON.parse(await this.ip('-json', 'link', 'show', 'br0')) as {
      address: string
    }[]
    return link?.address
  }
}

describe('the floor of the network', () => {
  const ground = new Ground()
  beforeEach(async function () {
    need(this, isRoot(), 'needs root')
    await ground.make()
  })
  afterEach(() => (isRoot() ? ground.remove() : undefined))

  it('has a bridge that keeps its hardware address when pods come and go', async () => {
    await ground.ensure()
    const own = await ground.bridgeAddress()
    await ground.plug('low', lowest)
    await ground.plug('high', highest)
    assert.equal(await ground.bridgeAddress(), own)
    await ground.ip('link', 'delete', 'low')
    assert.equal(await ground.bridgeAddress(), own)
  })

  it('keeps the address that the pods of a bridge found in place already know', async () => {
    await ground.ip('link', 'add', 'br0', 'type', 'bridge')
    await ground.plug('low', lowest)
    await ground.plug('high', highest)
    assert.equal(await ground.bridgeAddress(), lowest)
    await ground.ensure()
    await ground.ip('link', 'delete', 'low')
    await ground.ensure()
    assert.equal(await ground.bridgeAddress(), lowest)
  })
})
