import assert from 'node:assert/strict'
import type { Decision } from '../../auth/authorization.ts'
import { bool } from '../../cel/types.ts'
import { requestOf } from '../testing/plugin-lab.ts'
import { compileVariables } from './compiled-policy.ts'
import { Evaluation, EvaluationError, OutOfBudgetError } from './evaluation.ts'
import { compileFor } from './expression.ts'
import { RequestAuthorizer } from './request-authorizer.ts'
import { variableTypes } from './variable-types.ts'

const request = requestOf({
  object: { data: Array.from({ length: 3000 }, (_, index) => index) },
})

function evaluation(
  budget = 10_000_000,
  decide: (verb: string) => Decision | Promise<Decision> = () => ({ allowed: true }),
  variables: { name: string; expression: string }[] = [],
) {
  const asked: string[] = []
  const authorizer = new RequestAuthorizer(({ verb }) => {
    asked.push(verb)
    return decide(verb)
  }, request.user)
  const known = compileVariables(variables, {})
  const { resource, kind, object, old } = request
  const form = { resource, kind, object, old }
  const input = { request, form, namespace: undefined, authorizer, variables: known }
  const own = new Evaluation(input, budget)
  return {
    asked,
    run: (expression: string) =>
      own.evaluate(
        compileFor(expression, { variables: variableTypes({ variables: known.types }) }, [bool]),
      ),
  }
}

describe('evaluating for a request', () => {
  it('waits for the authorizer and asks each question once', async () => {
    const { asked, run } = evaluation(undefined, async (verb) => ({ allowed: verb === 'get' }))
    const check = (verb: string) => `authorizer.path('/x').check('${verb}').allowed()`
    assert.equal(await run(`${check('get')} && ${check('list')}`), false)
    assert.equal(await run(check('get')), true)
    assert.deepEqual(asked, ['get', 'list'])
  })

  it('tells expressions what the authorizer could not say', async () => {
    const { run } = evaluation(undefined, () => Promise.reject(new Error('away')))
    assert.equal(await run("authorizer.path('/x').check('get').error().contains('away')"), true)
  })

  it('works a variable out once, and counts it', async () => {
    const { asked, run } = evaluation(undefined, undefined, [
      { name: 'may', expression: "authorizer.path('/x').check('get').allowed()" },
    ])
    assert.equal(await run('variables.may && variables.may'), true)
    assert.equal(await run('variables.may'), true)
    assert.deepEqual(asked, ['get'])
  })

  it('ends when all that there was is spent', async () => {
    const { run } = evaluation(10)
    await assert.rejects(run('object.data.all(i, i >= 0)'), OutOfBudgetError)
  })

  it('says what an expression failed on', async () => {
    const { run } = evaluation()
    await assert.rejects(
      run('object.nope == 1'),
      (error) =>
        error instanceof EvaluationError &&
        error.message === "expression 'object.nope == 1' resulted in error: no such key: nope",
    )
  })

  it('lets others have their turn while much is evaluated', async () => {
    const { run } = evaluation()
    let turns = 0
    let done = false
    const count = () => {
      turns++
      if (!done) setImmediate(count)
    }
    setImmediate(count)
    for (let times = 0; times < 5; times++)
      await assert.rejects(run('object.data.all(a, object.data.all(b, a + b >= 0))'))
    done = true
    assert.ok(turns >= 4, `${turns} turns`)
  })
})
