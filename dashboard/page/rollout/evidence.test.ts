import assert from 'node:assert/strict'
import { evidenceOf, objectsText } from './evidence.ts'

const said = (object: string, message: string, field = 'status.reason') => ({
  object,
  field,
  message,
})

describe('evidence', () => {
  it('that several pods share is told once, though each message names its own pod', () => {
    const found = evidenceOf([
      said(
        'pod/web-a',
        'back-off container=app pod=web-a_default(1598a185-09ed-4616-83bb-f8dbd451f804)',
      ),
      said(
        'pod/web-b',
        'back-off container=app pod=web-b_default(8ed3a872-80c1-4679-897b-3dc56965a96d)',
      ),
      said('deployment/web', '9 min left'),
    ])
    assert.deepEqual(
      found.map(({ objects }) => objects),
      [['pod/web-a', 'pod/web-b'], ['deployment/web']],
    )
    assert.match(found[0]!.message, /pod=web-a_/)
  })

  it('that differs stays apart', () => {
    assert.equal(evidenceOf([said('pod/a', 'x'), said('pod/b', 'y')]).length, 2)
    assert.equal(evidenceOf([said('pod/a', 'x'), said('pod/b', 'x', 'other')]).length, 2)
    assert.equal(evidenceOf([said('pod/a', 'x'), said('node/b', 'x')]).length, 2)
  })

  it('names those whom it is about', () => {
    assert.equal(objectsText(['pod/a']), 'pod/a')
    assert.equal(objectsText(['pod/a', 'pod/b']), '2 pods: a, b')
    assert.equal(objectsText([]), '')
  })
})
