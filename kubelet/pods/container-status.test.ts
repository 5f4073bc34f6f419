import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import type { RuntimeContainer } from '../runtime/runtime.ts'
import { containerStatus } from './container-status.ts'
import type { StatusFacts } from './status.ts'

const main = { name: 'main', image: 'localhost/app:1' }
const pod: Pod = { metadata: {}, spec: { containers: [main] } }
const ended = (changes: Partial<RuntimeContainer>): RuntimeContainer => ({
  id: 'one',
  sandboxId: 'sandbox',
  name: 'main',
  attempt: 0,
  state: 'exited',
  image: main.image,
  imageId: main.image,
  createdAt: 1000,
  startedAt: 1000,
  finishedAt: 2000,
  exitCode: 137,
  reason: 'Error',
  message: '',
  logPath: '',
  labels: {},
  annotations: {},
  ...changes,
})
const facts = (...containers: RuntimeContainer[]): StatusFacts => ({
  pod,
  state: { phase: 'active' },
  now: 3000,
  seenAt: 0,
  view: { sandboxes: [], containers },
  runtimeName: 'test',
  hostIPs: [],
  waiting: () => undefined,
  startedId: () => undefined,
  passesReadiness: () => true,
  terminationMessage: () => '',
  amountsOf: () => ({}),
  resize: {},
})
const statusOf = (...instances: RuntimeContainer[]) =>
  containerStatus(facts(...instances), main, undefined, false)

describe("a container's status", () => {
  it('remembers who was killed for memory when nobody else does any more', () => {
    const told = statusOf(ended({ reason: 'OOMKilled' }))
    const again = containerStatus(facts(ended({})), main, told, false)
    assert.deepEqual(again.state, told.state)
    assert.equal(again.state?.terminated?.reason, 'OOMKilled')
  })

  it('remembers it of that instance alone', () => {
    const told = statusOf(ended({ reason: 'OOMKilled' }))
    const next = ended({ id: 'two', attempt: 1 })
    const status = containerStatus(facts(next, ended({})), main, told, false)
    assert.equal(status.state?.terminated?.reason, 'Error')
    assert.equal(status.lastState?.terminated?.reason, 'OOMKilled')
  })

  it('is how it ended, when the pod is over while it waits to be started again', () => {
    const waiting = {
      ...facts(ended({ exitCode: 3 })),
      waiting: () => ({ reason: 'CrashLoopBackOff', message: '' }),
    }
    const told = containerStatus(waiting, main, undefined, false)
    assert.equal(told.lastState?.terminated?.exitCode, 3)
    const over: StatusFacts = { ...facts(), state: { phase: 'removing' } }
    const last = containerStatus(over, main, told, false)
    assert.equal(last.state?.terminated?.exitCode, 3)
    assert.equal(last.state?.terminated?.reason, 'Error')
    assert.deepEqual([last.lastState, last.restartCount], [{}, 0])
  })
})
