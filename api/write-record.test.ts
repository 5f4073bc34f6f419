import assert from 'node:assert/strict'
import fc from 'fast-check'
import { causesTold, causeText, parseCause, type WriteCause } from './write-record.ts'

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
const object = fc.record(
  {
    resource: label,
    group: fc.oneof(fc.constant(''), fc.stringMatching(/^[a-z][a-z0-9]{0,5}(\.[a-z]{1,5}){0,2}$/)),
    namespace: fc.oneof(fc.constant(''), label),
    name: fc.oneof(
      label,
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
        .filter((name) => name.isWellFormed()),
    ),
    resourceVersion: fc.oneof(fc.constant(''), fc.nat().map(String)),
  },
  { noNullPrototype: true },
)

describe('a cause in a header', () => {
  it('is read as it was written, whatever objects are called', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            by: label,
            for: object,
            because: fc.array(object, { maxLength: causesTold }),
            more: fc.integer({ min: 1, max: 999 }),
          },
          { requiredKeys: ['because'], noNullPrototype: true },
        ),
        (cause) => {
          const text = causeText(cause)
          assert.match(text, /^[ -~]*$/)
          const isSomething = cause.for !== undefined || cause.because.length > 0
          assert.deepEqual(parseCause(text), isSomething ? cause : undefined)
        },
      ),
    )
  })

  it('counts what it does not tell', () => {
    const pod = (at: number) => ({
      resource: 'pods',
      group: '',
      namespace: 'default',
      name: `p${at}`,
      resourceVersion: String(at),
    })
    const because = Array.from({ length: 11 }, (_, at) => pod(at))
    const read = parseCause(causeText({ because, more: 2 }))
    assert.deepEqual(read, { because: because.slice(0, causesTold), more: 5 })
  })

  it('leaves out what nobody understands, and is nothing where nothing is left', () => {
    const known: WriteCause = {
      because: [{ resource: 'nodes', group: '', namespace: '', name: 'n', resourceVersion: '7' }],
    }
    const odd = 'what?, nodes//n@7, pods/default, nodes//%ff, by=a b, +x'
    assert.deepEqual(parseCause(odd), known)
    for (const text of [undefined, '', '-', 'by=me', '+3', 'x'.repeat(10_000)])
      assert.equal(parseCause(text), undefined)
  })
})
