import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KubernetesObject } from '../../api/object.ts'
import { parseFieldSelector, parseLabelSelector } from '../../api/selector.ts'
import { compareKeys } from '../storage/key-order.ts'
import { encodeObject } from './encode.ts'
import { Filter } from './filter.ts'
import { LabelIndex } from './label-index.ts'
import { type ListOptions, ObjectIndex } from './object-index.ts'
import { ParsedObjects } from './parsed-objects.ts'
import { FieldReader, Version } from './version.ts'

const prefix = '/registry/pods/'
const nodeOf = ({ spec }: { spec: { nodeName: string } }) => spec.nodeName
const context = {
  fields: new FieldReader({ fieldSelectors: { 'spec.nodeName': nodeOf } }),
  parsed: new ParsedObjects(1, false),
}

interface Made {
  namespace: string
  name: string
  labels: Record<string, string>
  nodeName: string
}

function version({ namespace, name, labels, nodeName }: Made, modified = 1): Version {
  const metadata = { namespace, name, uid: `${namespace}/${name}`, labels }
  const object = { kind: 'Pod', apiVersion: 'v1', metadata, spec: { nodeName } }
  const key = `${prefix}${namespace}/${name}`
  const value = encodeObject(object as KubernetesObject)
  return Version.of({ key, value, created: 1, modified }, 'ADDED', context)
}

const digit = (max: number) => fc.integer({ min: 0, max })
const made = fc.record({
  namespace: digit(1).map((n) => `ns${n}`),
  name: digit(400).map((n) => `p${n}`),
  labels: fc.record(
    { app: digit(40).map(String), tier: digit(2).map(String) },
    { requiredKeys: [] },
  ),
  nodeName: digit(30).map((n) => `n${n}`),
})
const text = <T extends string>(...values: T[]) => fc.constantFrom(...values)
const query = fc.record({
  namespace: text('', 'ns1', 'none'),
  labels: text('', 'app=3', 'app in (3,4,3)', 'tier=1,app=5', 'app!=3', 'app=none', 'app,tier=2'),
  fields: text('', 'spec.nodeName=n3', 'metadata.name=p7', 'spec.nodeName!=n3'),
  limit: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  after: fc.option(
    digit(400).map((n) => `${prefix}ns0/p${n}`),
    { nil: undefined },
  ),
})

describe('the index of objects', () => {
  it('lists what a look at every object finds, whatever changes between two lists', () => {
    const steps = fc.array(fc.record({ made, gone: digit(5).map((n) => n === 0) }), {
      minLength: 1_200,
      maxLength: 1_200,
    })
    const property = fc.property(steps, fc.array(query, { minLength: 120 }), (changes, queries) => {
      const index = new ObjectIndex(prefix, ['spec.nodeName'])
      const naive = new Map<string, Version>()
      changes.forEach((change, at) => {
        const one = version(change.made, at + 1)
        if (change.gone) {
          index.delete(one.key)
          naive.delete(one.key)
        } else {
          index.set(one)
          naive.set(one.key, one)
        }
        // Indexes are made early and must keep up.
        const asked = at % 10 === 0 && queries[at / 10]
        if (!asked) return
        const options: ListOptions = {
          ...asked,
          labels: parseLabelSelector(asked.labels),
          fields: parseFieldSelector(asked.fields),
        }
        const filter = new Filter(options)
        const after = asked.after ?? ''
        const expected = [...naive.values()]
          .filter((one) => filter.matches(one) && compareKeys(one.key, after) > 0)
          .sort((a, b) => compareKeys(a.key, b.key))
        const page = index.list(options)
        assert.deepEqual(page.items, expected.slice(0, asked.limit))
        assert.equal(page.more, expected.length > (asked.limit ?? Number.POSITIVE_INFINITY))
      })
    })
    fc.assert(property, { numRuns: 5 })
  })

  it('looks at every object once for a label, and then at those that have the value', () => {
    const all = Array.from({ length: 1_000 }, (_, at) =>
      version({ namespace: 'd', name: `p${at}`, labels: { app: `${at % 100}` }, nodeName: '' }),
    )
    let walks = 0
    const walked = {
      [Symbol.iterator]() {
        walks++
        return all[Symbol.iterator]()
      },
    }
    const labels = new LabelIndex()
    const found = (selector: string) =>
      [...(labels.candidates(parseLabelSelector(selector), walked, 125) ?? all)].length
    assert.deepEqual(['app=7', 'app in (7,8)', 'app=none'].map(found), [10, 20, 0])
    assert.equal(walks, 1)
    assert.equal(found('app notin (7)'), 1_000)
    for (let at = 0; at < 8; at++) found(`other${at}=x`)
    assert.equal(walks, 9)
    found('other0=x')
    assert.equal(walks, 9)
    assert.equal(found('app=7'), 10)
    assert.equal(walks, 10)
  })
})
