import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Layout, wantsPretty } from './pretty.ts'

const asked = (url: string, agent?: string) => wantsPretty({ url, header: () => agent })

describe('pretty answers', () => {
  it('are for those who ask, and for programs that people read with', () => {
    assert.equal(asked('/api/v1/pods?pretty=true'), true)
    assert.equal(asked('/api/v1/pods?limit=1&pretty=1'), true)
    assert.equal(asked('/api/v1/pods?pretty=false', 'curl/8'), false)
    assert.equal(asked('/api/v1/pods?pretty=maybe', 'curl/8'), false)
    assert.equal(asked('/api/v1/pods/pretty'), false)
    assert.equal(asked('/api', 'curl/7.88.1'), true)
    assert.equal(asked('/api', 'kubectl/v1.36.0 (linux/amd64)'), false)
    assert.equal(asked('/api'), false)
  })

  it('are indented as usual, whatever they hold and wherever they are cut', () => {
    const property = fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 9 }), (value, size) => {
      const json = Buffer.from(JSON.stringify(value))
      const layout = new Layout()
      const parts: Buffer[] = []
      for (let at = 0; at < json.length; at += size)
        parts.push(layout.next(json.subarray(at, at + size)))
      assert.equal(Buffer.concat(parts).toString(), JSON.stringify(value, null, 2))
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('keep numbers as they are', () => {
    const text = new Layout().next(Buffer.from('[12345678901234567890,1.0]\n')).toString()
    assert.equal(text, '[\n  12345678901234567890,\n  1.0\n]')
  })
})
