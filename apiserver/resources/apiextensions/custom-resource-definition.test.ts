import assert from 'node:assert/strict'
import type {
  CustomResourceDefinition,
  DefinitionVersion,
  JsonSchemaProps,
} from '../../schema/structural/definition.ts'
import { definition, object, versionOf } from '../../schema/structural/examples.ts'
import { created, row, updated } from '../examples.ts'
import { customResourceDefinitions as kind } from './custom-resource-definition.ts'

const text: JsonSchemaProps = { type: 'string' }
const version = (more: Partial<DefinitionVersion> = {}) => versionOf(object({ a: text }), more)
const good = () => definition([version()])

type Spoil = (one: CustomResourceDefinition) => void
const spoilt = (spoil: Spoil) => {
  const one = structuredClone(good())
  spoil(one)
  return one
}

const errorsOf = (schema: JsonSchemaProps): string[] =>
  created(kind, definition([version({ schema: { openAPIV3Schema: schema } })]))

/** What is wrong with the schema of `spec.a`, with paths from there on. */
const fieldErrors = (schema: JsonSchemaProps): string[] =>
  errorsOf(object({ spec: object({ a: schema }) })).map((error) =>
    error.replaceAll('spec.validation.openAPIV3Schema.properties[spec].properties[a]', '@'),
  )

describe('a CustomResourceDefinition', () => {
  it('may be made', () => assert.deepEqual(created(kind, good()), []))

  it('has names that follow from its kind, and remembers in what it stores', () => {
    const one = good()
    created(kind, one)
    assert.deepEqual(one.spec.names, {
      plural: 'widgets',
      kind: 'Widget',
      singular: 'widget',
      listKind: 'WidgetList',
    })
    assert.deepEqual(one.spec.conversion, { strategy: 'None' })
    assert.deepEqual(one.status?.storedVersions, ['v1'])
  })

  const spoils: [about: string, spoil: Spoil, errors: string[]][] = [
    [
      'is named by its plural and group',
      (one) => {
        one.metadata.name = 'gadgets.example.com'
      },
      [
        'metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group',
      ],
    ],
    [
      'is of a group with a dot',
      (one) => {
        one.spec.group = 'example'
        one.metadata.name = 'widgets.example'
      },
      ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
    ],
    [
      'has a scope that is known',
      (one) => {
        one.spec.scope = 'Galaxy'
      },
      ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
    ],
    [
      'has lists that are no kinds',
      (one) => {
        one.spec.names.listKind = 'Widget'
      },
      ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
    ],
    [
      'prunes',
      (one) => {
        one.spec.preserveUnknownFields = true
      },
      [
        'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ],
    ],
    [
      'has schemas',
      (one) => {
        delete one.spec.versions[0]!.schema
      },
      ['spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
    ],
    [
      'warns of versions that are deprecated only',
      (one) => {
        one.spec.versions[0]!.deprecationWarning = 'old'
      },
      [
        'spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions',
      ],
    ],
    [
      'scales by paths below spec and status',
      (one) => {
        one.spec.versions[0]!.subresources = {
          scale: {
            specReplicasPath: '.status.a',
            statusReplicasPath: 'b',
            labelSelectorPath: '.a',
          },
        }
      },
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".status.a": should be a json path under .spec',
        'spec.subresources.scale.statusReplicasPath: Invalid value: "b": must be a simple json path starting with .',
        'spec.subresources.scale.labelSelectorPath: Invalid value: ".a": should be a json path under either .spec or .status',
      ],
    ],
    [
      'has columns with names, types and paths',
      (one) => {
        one.spec.versions[0]!.additionalPrinterColumns = [
          { name: '', type: 'color', format: 'red', jsonPath: 'a' },
        ]
      },
      [
        'spec.additionalPrinterColumns[0].name: Required value',
        'spec.additionalPrinterColumns[0].type: Invalid value: "color": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].format: Invalid value: "red": must be one of byte,date,date-time,double,float,int32,int64,password',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with .',
      ],
    ],
    [
      'is selected by scalars of its schema',
      (one) => {
        one.spec.versions[0]!.selectableFields = [
          { jsonPath: '.spec.a' },
          { jsonPath: '.spec.a' },
          { jsonPath: '.spec' },
          { jsonPath: '.spec.b' },
          { jsonPath: '.spec["a"]' },
        ]
      },
      [
        'spec.selectableFields[1].jsonPath: Duplicate value: ".spec.a"',
        'spec.selectableFields[2].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        'spec.selectableFields[3].jsonPath: Invalid value: ".spec.b": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[4].jsonPath: Invalid value: ".spec[\\"a\\"]": is an invalid path: array notation is not allowed',
      ],
    ],
    [
      'converts by a webhook that can be called',
      (one) => {
        one.spec.conversion = {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v3', 'v3'], clientConfig: {} },
        }
      },
      [
        'spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required',
        'spec.conversion.conversionReviewVersions[1]: Invalid value: "v3": duplicate version',
        'spec.conversion.conversionReviewVersions: Invalid value: ["v3","v3"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'converts by a webhook, or says nothing of one',
      (one) => {
        one.spec.conversion = {
          strategy: 'None',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://a/b' } },
        }
      },
      [
        'spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook',
        'spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook',
      ],
    ],
    [
      "is approved where the group is Kubernetes' own",
      (one) => {
        one.spec.group = 'things.k8s.io'
        one.metadata.name = 'widgets.things.k8s.io'
      },
      [
        'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    ],
  ]
  for (const [about, spoil, errors] of spoils)
    it(about, () => assert.deepEqual(created(kind, spoilt(spoil)), errors))

  it('is approved by an address, or says that it is not', () => {
    const approved = (by: string) =>
      created(
        kind,
        spoilt((one) => {
          one.spec.group = 'things.k8s.io'
          one.metadata = {
            name: 'widgets.things.k8s.io',
            annotations: { 'api-approved.kubernetes.io': by },
          }
        }),
      )
    assert.deepEqual(approved('https://github.com/kubernetes/kubernetes/pull/78458'), [])
    assert.deepEqual(approved('unapproved, an experiment'), [])
    assert.equal(approved('of course').length, 1)
  })

  it('stores one version, and names each once', () => {
    const errors = (versions: DefinitionVersion[]) =>
      created(kind, definition(versions)).map((error) => error.replace(/: \[.*\]: /s, ': ... : '))
    assert.deepEqual(errors([version(), version({ storage: false })]), [
      'spec.versions: Invalid value: ... : must contain unique version names',
    ])
    assert.deepEqual(errors([version(), version({ name: 'v2' })]), [
      'spec.versions: Invalid value: ... : must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: ... : must have the storage version v2',
    ])
  })

  it('is told of a schema at the version, where versions differ', () => {
    const bad = versionOf(object({ a: {} }), { name: 'v2', storage: false })
    assert.deepEqual(created(kind, definition([version(), bad])), [
      'spec.versions[1].schema.openAPIV3Schema.properties[spec].properties[a].type: Required value: must not be empty for specified object fields',
    ])
  })

  it('warns of formats that nobody checks', () => {
    const one = definition([versionOf(object({ a: { type: 'string', format: 'colour' } }))])
    assert.deepEqual(kind.strategy.warnings?.(one), ['unrecognized format "colour"'])
    const known = definition([versionOf(object({ a: { type: 'string', format: 'date-time' } }))])
    assert.deepEqual(kind.strategy.warnings?.(known), [])
  })

  it('reads as a row', () => {
    const one = spoilt(({ metadata }) => {
      metadata.creationTimestamp = '2026-01-01T00:00:00Z'
    })
    assert.deepEqual(row(kind, one, 0), ['widgets.example.com', '2026-01-01T00:00:00Z'])
  })
})

describe('a CustomResourceDefinition that is there', () => {
  const stored = (established: boolean) => {
    const one = good()
    created(kind, one)
    one.status!.conditions = [{ type: 'Established', status: established ? 'True' : 'False' }]
    return one
  }
  const change = (spoil: Spoil, established = true) => {
    const old = stored(established)
    const now = structuredClone(old)
    spoil(now)
    return updated(kind, now, old)
  }

  it('keeps its group and plural always, its kind and scope once it is established', () => {
    const rename: Spoil = ({ spec }) => {
      spec.names.kind = 'Gadget'
      spec.scope = 'Cluster'
    }
    assert.deepEqual(change(rename, false), [])
    assert.deepEqual(change(rename), [
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
    ])
  })

  it('is refused without a version, and without anything', () => {
    for (const spoil of [
      ({ spec }) => delete (spec as { versions?: unknown }).versions,
      (definition) => {
        definition.spec = { names: {} } as never
      },
    ] satisfies Spoil[])
      assert.match(
        change(spoil).join(),
        /spec.versions: Invalid value: \[\]: must have exactly one/,
      )
  })

  it('remembers every version in which it stored, and may not lose one', () => {
    const old = stored(true)
    const now = structuredClone(old)
    now.spec.versions = [
      version({ storage: false }),
      versionOf(object({ b: text }), { name: 'v2' }),
    ]
    assert.deepEqual(updated(kind, now, old), [])
    assert.deepEqual(now.status?.storedVersions, ['v1', 'v2'])
    assert.deepEqual(old.status?.storedVersions, ['v1'])
    const lost = structuredClone(now)
    lost.spec.versions.shift()
    assert.deepEqual(updated(kind, lost, now), [
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ])
  })
})

describe('a schema of custom resources', () => {
  const rules: [about: string, schema: JsonSchemaProps, errors: string[]][] = [
    ['has items in arrays', { type: 'array' }, ['@.items: Required value: must be specified']],
    [
      'has types for items',
      { type: 'array', items: {} },
      ['@.items.type: Required value: must not be empty for specified array items'],
    ],
    [
      'knows six types',
      { type: 'date' },
      [
        '@.type: Unsupported value: "date": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [
      'refers to nothing',
      { type: 'string', $ref: '#/definitions/a' },
      ['@.$ref: Forbidden: $ref is not supported'],
    ],
    [
      'has no keywords that cannot be followed',
      {
        type: 'object',
        patternProperties: { a: text },
        definitions: { a: text },
        dependencies: { a: ['b'] },
        additionalItems: true,
        id: 'a',
      },
      [
        '@.id: Forbidden: id is not supported',
        '@.additionalItems: Forbidden: additionalItems is not supported',
        '@.patternProperties: Forbidden: patternProperties is not supported',
        '@.definitions: Forbidden: definitions is not supported',
        '@.dependencies: Forbidden: dependencies is not supported',
      ],
    ],
    [
      'compares no items',
      { type: 'array', items: text, uniqueItems: true },
      [
        '@.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ],
    ],
    [
      'is a struct or a map',
      { type: 'object', properties: { b: text }, additionalProperties: text },
      [
        '@.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
      ],
    ],
    [
      'narrows in alternatives what stands outside of them',
      { type: 'object', anyOf: [{ type: 'object', properties: { b: { minLength: 1 } } }] },
      [
        '@.anyOf[0].type: Forbidden: must be empty to be structural',
        '@.properties[b]: Required value: because it is defined in @.anyOf[0].properties[b]',
      ],
    ],
    [
      'says nothing new in alternatives',
      {
        type: 'string',
        not: { description: 'a', default: 'b', nullable: true, 'x-kubernetes-list-type': 'set' },
      },
      [
        '@.not.default: Forbidden: must be undefined to be structural',
        '@.not.description: Forbidden: must be empty to be structural',
        '@.not.nullable: Forbidden: must be false to be structural',
        '@.not.x-kubernetes-list-type: Forbidden: must be undefined to be structural',
        '@.not.type: Required value: must be array if x-kubernetes-list-type is specified',
      ],
    ],
    [
      'has either form of a number or a text',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      [],
    ],
    [
      'has the other form as well',
      {
        'x-kubernetes-int-or-string': true,
        allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: '^a' }],
      },
      [],
    ],
    [
      'has no third form',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'string' }, { type: 'integer' }] },
      [
        '@.anyOf[0].type: Forbidden: must be empty to be structural',
        '@.anyOf[1].type: Forbidden: must be empty to be structural',
      ],
    ],
    [
      'is not many things at once',
      { 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true },
      [
        '@.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true',
      ],
    ],
    [
      'embeds objects',
      { type: 'string', 'x-kubernetes-embedded-resource': true },
      [
        '@.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
        '@.type: Invalid value: "string": must be object if x-kubernetes-embedded-resource is true',
      ],
    ],
    [
      'preserves or says nothing of it',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
      ['@.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined'],
    ],
    [
      'has lists of known types',
      { type: 'array', items: text, 'x-kubernetes-list-type': 'bag' },
      [
        '@.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
      ],
    ],
    [
      'has keys for list maps, always there',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['b', 'c', 'b'],
        items: object({ b: { type: 'string', nullable: true } }),
      },
      [
        '@.x-kubernetes-list-map-keys: Invalid value: ["b","c","b"]: entries must all be names of item properties',
        '@.x-kubernetes-list-map-keys: Invalid value: ["b","c","b"]: must not contain duplicate entries',
        '@.items.properties[b].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        '@.items.properties[b].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
        '@.items.properties[b].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        '@.items.properties[b].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
      ],
    ],
    [
      'has list maps that are known by something',
      { type: 'array', 'x-kubernetes-list-type': 'map', items: object({}) },
      [
        '@.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
      ],
    ],
    [
      'has sets of whole values',
      { type: 'array', 'x-kubernetes-list-type': 'set', items: object({ b: text }) },
      [
        '@.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
      ],
    ],
    [
      'has patterns of an engine that does not go back',
      { type: 'string', pattern: '(?!a)b' },
      [
        '@.pattern: Invalid value: "(?!a)b": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or unsupported Perl syntax: `(?!`',
      ],
    ],
    [
      'has defaults that are valid',
      { type: 'integer', minimum: 2, default: 1 },
      ['@.default: Invalid value: 1:  in body should be greater than or equal to 2'],
    ],
    [
      'has defaults without unknown fields',
      { ...object({ b: text }), default: { c: 1 } },
      ['@.default: Invalid value: {"c":1}: must not have unknown fields'],
    ],
    [
      'has rules that say something',
      { type: 'string', 'x-kubernetes-validations': [{ rule: ' ', reason: 'Because' }] },
      [
        '@.x-kubernetes-validations[0].rule: Required value: rule is not specified',
        '@.x-kubernetes-validations[0].reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
      ],
    ],
    [
      'has rules of many lines with a message of one',
      {
        type: 'string',
        'x-kubernetes-validations': [{ rule: 'self\n!= ""' }, { rule: 'true', message: 'a\nb' }],
      },
      [
        '@.x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line breaks',
        '@.x-kubernetes-validations[1].message: Invalid value: "a\\nb": message must not contain line breaks',
      ],
    ],
    [
      'has rules that point to fields',
      object({ b: text }, { 'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.c' }] }),
      [
        '@.x-kubernetes-validations[0].fieldPath: Invalid value: ".c": fieldPath must be a valid path',
      ],
    ],
    [
      'has rules that are true or false',
      { type: 'string', 'x-kubernetes-validations': [{ rule: 'self' }] },
      [
        '@.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self"}: cel expression must evaluate to a bool',
      ],
    ],
    [
      'compares with old values that can be told',
      {
        type: 'array',
        maxItems: 5,
        items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] },
      },
      [
        '@.items.x-kubernetes-validations[0].rule: Invalid value: "self > oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within @',
      ],
    ],
    [
      'has optional old values for rules that look at them',
      {
        type: 'string',
        'x-kubernetes-validations': [{ rule: 'self != "oldSelf"', optionalOldSelf: true }],
      },
      [
        '@.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
      ],
    ],
    [
      'tells numbers from texts by their type at no cost',
      {
        'x-kubernetes-int-or-string': true,
        'x-kubernetes-validations': [
          { rule: "type(self) == string ? self == '100%' : self == 1000" },
          { rule: "type(self) == int || type(self) in [string] && self.endsWith('%')" },
        ],
      },
      [],
    ],
    [
      'has objects, numbers and texts of a choice that cost little to compare, however many there may be',
      {
        type: 'object',
        properties: {
          wide: { type: 'object', properties: { text } },
          list: { type: 'array', maxItems: 50, items: { type: 'object', properties: { text } } },
          choice: { type: 'string', enum: ['One', 'Another'] },
        },
        'x-kubernetes-validations': [
          { rule: 'self == oldSelf' },
          { rule: "self.choice.contains('O') || self.wide == oldSelf.wide" },
          { rule: 'self.list.all(x, oldSelf.list.exists(y, x == y))' },
        ],
      },
      [],
    ],
    [
      'has rules that cost little',
      {
        type: 'array',
        items: text,
        'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, x != y + "a"))' }],
      },
      [
        '@.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)',
        '@.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
        'spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)',
      ],
    ],
  ]
  for (const [about, schema, errors] of rules)
    it(about, () => assert.deepEqual(fieldErrors(schema), errors))

  it('tells what is wrong in a rule, and where', () => {
    const [error = '', ...others] = fieldErrors({
      type: 'object',
      properties: { b: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.c > 1' }],
    })
    assert.deepEqual(others, [])
    assert.match(
      error,
      /^@\.x-kubernetes-validations\[0\]\.rule: Invalid value: .*: compilation failed: ERROR: <input>:1:5: undefined field 'c'/,
    )
  })

  const roots: [about: string, schema: JsonSchemaProps, errors: string[]][] = [
    [
      'is of objects',
      { type: 'array', items: text },
      ['type: Invalid value: "array": must be object at the root'],
    ],
    [
      'is of some type',
      { properties: {} },
      ['type: Required value: must not be empty at the root'],
    ],
    [
      'is no map',
      { type: 'object', additionalProperties: text },
      ['additionalProperties: Forbidden: must not be used at the root'],
    ],
    [
      'is never null',
      { type: 'object', nullable: true },
      ['nullable: Forbidden: nullable cannot be true at the root'],
    ],
    [
      'says of metadata what names look like, and no more',
      object({
        metadata: object({ name: { type: 'string', maxLength: 9 }, labels: { type: 'object' } }),
      }),
      [
        'properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
    ['may say what names look like', object({ metadata: object({ name: text }) }), []],
    [
      'has no defaults for the kind',
      object({ kind: { type: 'string', default: 'Widget' } }),
      ['properties[kind].default: Forbidden: must not be set in top-level kind'],
    ],
  ]
  for (const [about, schema, errors] of roots)
    it(`as a whole ${about}`, () =>
      assert.deepEqual(
        errorsOf(schema).map((error) => error.replace('spec.validation.openAPIV3Schema.', '')),
        errors,
      ))

  it('has nothing at the root that would not hold for the status alone', () => {
    const schema = { type: 'object', oneOf: [{ required: ['spec'] }] }
    const one = definition([
      version({ schema: { openAPIV3Schema: schema }, subresources: { status: {} } }),
    ])
    const [error = ''] = created(kind, one)
    assert.match(
      error,
      /^spec\.validation\.openAPIV3Schema: Invalid value: .* only \[Description Type .* XValidations\] fields are allowed at the root/,
    )
  })
})
