import assert from 'node:assert/strict'
import { Stage } from '../testing/stage.ts'
import { createServer, Refusal } from './server.ts'

function setUp() {
  const stage = new Stage()
  return { stage, server: createServer(stage.ports, () => 'T') }
}

const refusal = (asked: Promise<unknown>): Promise<Refusal> =>
  asked.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => {
      assert.ok(error instanceof Refusal)
      return error
    },
  )

describe('asking the page server', () => {
  it('names what is asked, and leaves out what is not given', () => {
    const { stage, server } = setUp()
    void server.at({ namespace: 'a b', deployment: 'web', revision: 7 })
    assert.equal(stage.requests[0]?.path, '/api/at?namespace=a+b&deployment=web&revision=7')
    void server.plan({ namespace: 'n', deployment: 'web' })
    assert.equal(stage.requests[1]?.path, '/api/undo?namespace=n&deployment=web')
    assert.equal(stage.requests[1]?.header('Authorization'), 'Bearer T')
  })

  it('writes JSON, so that a form of another site cannot', () => {
    const { stage, server } = setUp()
    void server.undo({ namespace: 'n', deployment: 'web', to: 'a', resourceVersion: '7' })
    const [asked] = stage.requests
    assert.equal(asked?.init.method, 'POST')
    assert.equal(asked?.header('Content-Type'), 'application/json')
    assert.deepEqual(JSON.parse(String(asked?.init.body)), {
      namespace: 'n',
      deployment: 'web',
      to: 'a',
      resourceVersion: '7',
    })
  })

  it('says what was refused, why, and what to do next', async () => {
    const { stage, server } = setUp()
    const asked = refusal(server.list({ namespace: 'n' }))
    stage.requests[0]?.json({ error: { message: 'It is gone.', next: 'Look later.' } }, 410)
    const { status, message, next } = await asked
    assert.deepEqual([status, message, next], [410, 'It is gone.', 'Look later.'])
  })

  it('hands on the plan that comes with a conflict', async () => {
    const { stage, server } = setUp()
    const asked = refusal(
      server.undo({ namespace: 'n', deployment: 'web', to: 'a', resourceVersion: '7' }),
    )
    const plan = { resourceVersion: '8' }
    stage.requests[0]?.json({ error: { message: 'It has changed.' }, plan }, 409)
    assert.deepEqual((await asked).plan, plan)
  })

  it('is refused in words as well where nobody answers, or something else does', async () => {
    const { stage, server } = setUp()
    const silent = refusal(server.list({ namespace: 'n' }))
    stage.requests[0]?.fail('ECONNREFUSED')
    assert.equal((await silent).status, 0)
    const proxy = refusal(server.list({ namespace: 'n' }))
    stage.requests[1]?.json({ oops: 1 }, 502)
    assert.equal((await proxy).status, 502)
  })
})
