import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KernelLog, kernelLog } from './kernel-log.ts'

const id = (digit: string) => digit.repeat(64)
const kill = (container: string) =>
  `6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=${id('c')},mems_allowed=0,` +
  `oom_memcg=/k/burstable/podx,task_memcg=/k/burstable/podx/${container},task=sh,pid=7,uid=0\n`

describe("the kernel's log", () => {
  const directory = mkdtempSync(join(tmpdir(), 'kernel-log-'))
  const path = join(directory, 'kmsg')
  let log: KernelLog
  beforeEach(() => {
    writeFileSync(path, `6,0,0,-;booting\n${kill(id('a'))}`)
    log = kernelLog(path)
  })
  afterEach(() => log.close())
  after(() => rmSync(directory, { recursive: true }))

  it('names the containers in which something was killed for memory, and no other', () => {
    assert.equal(log.killed(id('a')), true)
    assert.equal(log.killed(id('b')), false)
    assert.equal(log.killed(id('c')), false)
  })

  it('is read on', () => {
    assert.equal(log.killed(id('b')), false)
    appendFileSync(path, kill(`${id('b')}/nested`))
    assert.equal(log.killed(id('b')), true)
    assert.equal(log.killed(id('a')), true)
  })

  it('that cannot be read names nobody', () => {
    const none = kernelLog(join(directory, 'none'))
    assert.equal(none.killed(id('a')), false)
    none.close()
  })
})
