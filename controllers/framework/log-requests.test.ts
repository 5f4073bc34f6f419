import assert from 'node:assert/strict'
import { ApiError, ConnectionError } from './cluster.ts'
import { logRequests } from './log-requests.ts'
import type { RequestMeasure, RequestVerb } from './observed-cluster.ts'
import { Subject } from './streams.ts'

describe('requests in the log', () => {
  const requests$ = new Subject<RequestMeasure>()
  let lines: string[]
  let end: () => void
  beforeEach(() => {
    lines = []
    const tell = (_: object, text: string) => lines.push(text)
    end = logRequests(requests$, { warn: tell, info: tell })
  })
  afterEach(() => end())

  const asked = (verb: RequestVerb, resource: string, error?: Error) => {
    const code = error instanceof ApiError ? error.code : error ? 0 : 200
    requests$.next({ verb, resource, code, duration: 1, ...(error ? { error } : {}) })
  }
  const refusal = (code: number, message: string) => new ApiError(code, 'Refused', message)

  it('are told when the server cannot be reached, once, and when it can again', () => {
    for (const resource of ['pods', 'secrets'])
      asked('list', resource, new ConnectionError('connect ECONNREFUSED'))
    asked('list', 'pods')
    asked('list', 'secrets')
    assert.equal(lines.length, 2)
    assert.match(lines[0] ?? '', /cannot be reached, and is asked again: connect ECONNREFUSED/)
  })

  it('are told once for each list and lease that is refused, and again after it went well', () => {
    asked('list', 'pods', refusal(403, 'no'))
    asked('list', 'pods', refusal(403, 'no'))
    asked('create', 'leases.coordination.k8s.io', refusal(404, 'namespaces "x" not found'))
    asked('list', 'pods')
    asked('list', 'pods', refusal(403, 'no'))
    assert.equal(lines.length, 3)
    assert.match(lines[1] ?? '', /cannot create leases.*namespaces "x" not found/)
  })

  it('say what to do where the server has no such kind', () => {
    asked('list', 'sites.demo.example.com', refusal(404, 'not found'))
    assert.match(lines[0] ?? '', /has no sites\.demo\.example\.com .*--install-kinds/)
  })

  it('are not told where a run tells of them, or where nothing is wrong', () => {
    asked('patch', 'pods', refusal(403, 'no'))
    asked('watch', 'pods', refusal(410, 'too old'))
    asked('update', 'leases.coordination.k8s.io', refusal(409, 'somebody else'))
    asked('get', 'leases.coordination.k8s.io', refusal(404, 'none yet'))
    assert.deepEqual(lines, [])
  })
})
