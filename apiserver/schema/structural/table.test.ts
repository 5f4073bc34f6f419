import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../../api/object.ts'
import { told } from '../../resources/examples.ts'
import { printerColumns } from './columns.ts'
import { customSchema } from './custom-schema.ts'
import type { ColumnDefinition } from './definition.ts'
import { kind, versionOf, widget } from './examples.ts'
import { JsonPathError, jsonPath } from './json-path.ts'
import { scalePaths } from './scale-paths.ts'
import { selectableFields } from './selectable-fields.ts'

const conditions = [
  { type: 'Ready', status: 'True', age: 3 },
  { type: 'Failed', status: 'False' },
]
const object = {
  spec: { 'a.b': 'dotted', list: [1, 2, 3], map: { x: 'one', y: 'two' }, no: false },
  status: { conditions },
}

describe('a JSONPath', () => {
  const paths: [text: string, found: unknown[]][] = [
    ['.spec.no', [false]],
    ['{.spec.no}', [false]],
    ['$.spec.no', [false]],
    ['.spec.absent.more', []],
    [".spec['a.b']", ['dotted']],
    ['.spec["a.b"]', ['dotted']],
    ['.spec.a\\.b', ['dotted']],
    ['.spec.list[0]', [1]],
    ['.spec.list[-1]', [3]],
    ['.spec.list[9]', []],
    ['.spec.list[1:]', [2, 3]],
    ['.spec.list[0:3:2]', [1, 3]],
    ['.spec.list[*]', [1, 2, 3]],
    ['.spec.map.*', ['one', 'two']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Failed')].status", ['False']],
    ['.status.conditions[?(@.type!="Ready")].type', ['Failed']],
    ['.status.conditions[?(@.age > 2)].type', ['Ready']],
    ['.status.conditions[?(@.age)].type', ['Ready']],
    ['..status', [object.status, 'True', 'False']],
    ['.constructor', []],
    ['.', [object]],
  ]
  for (const [text, found] of paths)
    it(`${text} is followed`, () => assert.deepEqual(jsonPath(text)(object), found))

  for (const text of [
    '.spec[',
    '.spec[?(@.a==)]',
    '.spec[x]',
    'spec',
    '.a b',
    `.${'a'.repeat(5000)}`,
  ])
    it(`${text.slice(0, 20)} is refused`, () => assert.throws(() => jsonPath(text), JsonPathError))

  it('finds so much and no more', () => {
    const wide = { a: new Array(2000).fill({ b: new Array(2000).fill(1) }) }
    assert.equal(jsonPath('.a[*].b[*]')(wide).length, 10_000)
  })

  it('ends soon, however filters stand in filters', () => {
    const wide = { a: Array.from({ length: 2000 }, () => ({ b: [{ c: 1 }] })) }
    const filters = `${'..[?(@'.repeat(6)}.none${')]'.repeat(6)}`
    const before = process.cpuUsage()
    assert.deepEqual(jsonPath(filters)(wide), [])
    const { user } = process.cpuUsage(before)
    assert.ok(user < 1_500_000, `took ${user} us`)
  })
})

describe('the table of a custom resource', () => {
  const column = (jsonPath: string, type = 'string'): ColumnDefinition => ({
    name: 'A',
    type,
    jsonPath,
  })
  const cell = (definition: ColumnDefinition, spec: unknown) =>
    printerColumns(versionOf({}, { additionalPrinterColumns: [definition] }))[1]!.cell(
      widget(spec),
      {
        now: Date.parse('2026-01-01T01:00:00Z'),
      },
    )
  const cells: [about: string, definition: ColumnDefinition, spec: unknown, cell: unknown][] = [
    ['a text', column('.spec.a'), { a: 'b' }, 'b'],
    ['no text', column('.spec.a'), {}, null],
    ['a number as text', column('.spec.a'), { a: 1 }, '1'],
    ['an object as text', column('.spec.a'), { a: { b: 1 } }, '{"b":1}'],
    ['several texts', column('.spec.a[*]'), { a: ['b', 'c'] }, 'b,c'],
    ['a number', column('.spec.a', 'integer'), { a: 3 }, 3],
    ['no number', column('.spec.a', 'integer'), { a: 'b' }, null],
    ['a fraction', column('.spec.a', 'number'), { a: 0.5 }, 0.5],
    ['a truth', column('.spec.a', 'boolean'), { a: false }, false],
    ['an age', column('.spec.a', 'date'), { a: '2026-01-01T00:00:00Z' }, '60m'],
    ['no age', column('.spec.a', 'date'), {}, null],
    ['a path that cannot be read', column('.spec['), { a: 1 }, null],
  ]
  for (const [about, definition, spec, expected] of cells)
    it(`shows ${about}`, () => assert.equal(cell(definition, spec), expected))

  it('has a name and an age where nothing is declared', () => {
    const columns = printerColumns(versionOf({}))
    assert.deepEqual(
      columns.map(({ name, type }) => [name, type]),
      [
        ['Name', 'string'],
        ['Age', 'date'],
      ],
    )
  })

  it('has no age but what is declared', () => {
    const declared = {
      ...column('.spec.a'),
      priority: 1,
      format: 'password',
      description: 'secret',
    }
    const [, one, ...others] = printerColumns(
      versionOf({}, { additionalPrinterColumns: [declared] }),
    )
    const { cell: _, ...shown } = one!
    assert.deepEqual(shown, {
      name: 'A',
      type: 'string',
      format: 'password',
      description: 'secret',
      priority: 1,
    })
    assert.deepEqual(others, [])
  })
})

it('custom resources are selected by the text of their fields', () => {
  const fields = selectableFields(
    versionOf({}, { selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.b.c' }] }),
  )
  assert.deepEqual(Object.keys(fields), ['spec.a', 'spec.b.c'])
  assert.equal(fields['spec.a']!(widget({ a: 5 })), '5')
  assert.equal(fields['spec.a']!(widget({ a: true })), 'true')
  assert.equal(fields['spec.b.c']!(widget({ a: 5 })), '')
})

describe('the scale of a custom resource', () => {
  const version = versionOf(
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    {
      subresources: {
        scale: {
          specReplicasPath: '.spec.size.replicas',
          statusReplicasPath: '.status.replicas',
          labelSelectorPath: '.status.selector',
        },
      },
    },
  )
  const scale = scalePaths(version)!
  const sized = (replicas: unknown): KubernetesObject => ({
    ...widget({ size: { replicas } }),
    status: { replicas: 1, selector: 'a=b' },
  })

  it('is read and written where the version says', () => {
    const one = sized(3)
    assert.deepEqual(scale.read(one), { replicas: 3, statusReplicas: 1, selector: 'a=b' })
    scale.write(one, 5)
    assert.deepEqual(one.spec, { size: { replicas: 5 } })
    const none = widget({})
    scale.write(none, 2)
    assert.deepEqual(none.spec, { size: { replicas: 2 } })
  })

  it('is none without replicas', () =>
    assert.throws(
      () => scale.read(widget({})),
      /the spec replicas field "\.spec\.size\.replicas" does not exist/,
    ))

  it('is none where the version has none', () => assert.equal(scalePaths(versionOf({})), undefined))

  it('has replicas that can be counted', () => {
    const errors = (replicas: unknown) =>
      told(customSchema(kind, version).validate(sized(replicas), undefined))
    assert.deepEqual(errors(0), [])
    assert.deepEqual(errors(-1), [
      '.spec.size.replicas: Invalid value: -1: should be a non-negative integer',
    ])
    assert.deepEqual(errors(2 ** 31), [
      '.spec.size.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647',
    ])
  })
})
