import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { ApiError, ConnectionError } from '../../controllers/framework/index.ts'
import { explain } from '../../rollouts/explain.ts'
import { pod, snapshot } from '../../rollouts/testing/sketch.ts'
import { Inquiry } from './inquiry.ts'
import type { Session } from './session.ts'

const crashed = (restartCount: number): Pod[] =>
  snapshot({
    pods: [
      pod(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { restartCount, lastState: { terminated: { exitCode: 1 } } },
      ),
    ],
  }).pods as Pod[]
const explained = (pods: readonly Pod[]) => explain({ ...snapshot({}), pods })

/** A cluster that answers two questions. */
class Answers {
  logs = 0
  lists = 0
  log: () => string = () => 'first\n\nlast\n'
  list: () => object[] = () => []
  readonly session = {
    namespace: 'default',
    cluster: {
      list: async () => {
        this.lists++
        return { items: this.list(), resourceVersion: '1' }
      },
      podLog: async () => {
        this.logs++
        return this.log()
      },
    },
  } as unknown as Session
}

describe('asking about pods in trouble', () => {
  let answers: Answers
  let inquiry: Inquiry
  beforeEach(() => {
    answers = new Answers()
    inquiry = new Inquiry(answers.session)
  })
  const ask = (pods: readonly Pod[]) => inquiry.ask(explained(pods), pods)

  it('brings the last lines of a container that ended, without empty ones', async () => {
    assert.equal(await ask(crashed(1)), true)
    assert.deepEqual(inquiry.told.logs, [
      { uid: 'web-new-0', container: 'app', lines: ['first', 'last'] },
    ])
  })

  it('is done once for each failure, and never twice at a time', async () => {
    assert.deepEqual(await Promise.all([ask(crashed(1)), ask(crashed(1))]), [true, false])
    assert.equal(await ask(crashed(1)), false)
    assert.equal(answers.logs, 1)
    assert.equal(await ask(crashed(2)), true)
    assert.equal(answers.logs, 2)
    assert.equal(inquiry.told.logs?.length, 1)
  })

  it('is not done for pods that the verdict does not name', async () => {
    assert.equal(await inquiry.ask(explained([]), crashed(1)), false)
    assert.equal(answers.lists, 0)
  })

  it('does without a log that is gone, and without events that may not be read', async () => {
    answers.log = () => {
      throw new ApiError(400, 'BadRequest', 'previous terminated container not found')
    }
    answers.list = () => {
      throw new ApiError(403, 'Forbidden', 'no')
    }
    assert.equal(await ask(crashed(1)), true)
    assert.deepEqual(inquiry.told, { events: [], logs: [] })
  })

  it('is done again when the server did not answer', async () => {
    answers.list = () => {
      throw new ConnectionError('refused')
    }
    assert.equal(await ask(crashed(1)), false)
    assert.equal(inquiry.asking, false)
    answers.list = () => []
    assert.equal(await ask(crashed(1)), true)
  })
})
