/** A custom resource with a bit of everything that a schema can say, so that made-up requests meet all of it. */

const name = { type: 'string', pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 }

const port = {
  type: 'object',
  required: ['name', 'protocol'],
  properties: {
    name,
    protocol: { type: 'string', enum: ['TCP', 'UDP'], default: 'TCP' },
    port: { type: 'integer', format: 'int32', minimum: 1, maximum: 65_535 },
    target: { 'x-kubernetes-int-or-string': true },
  },
}

const spec = {
  type: 'object',
  required: ['color'],
  properties: {
    color: { type: 'string', enum: ['red', 'green', 'blue'], default: 'red' },
    replicas: { type: 'integer', format: 'int32', minimum: 0, maximum: 100, default: 1 },
    serial: { type: 'integer', format: 'int64' },
    ratio: { type: 'number', minimum: 0, exclusiveMinimum: true, multipleOf: 0.5 },
    note: { type: 'string', nullable: true, maxLength: 32 },
    when: { type: 'string', format: 'date-time' },
    where: { type: 'string', format: 'ipv4' },
    blob: { type: 'string', format: 'byte' },
    evil: { type: 'string', pattern: '^(a+)+$' },
    ports: {
      type: 'array',
      maxItems: 8,
      items: port,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name', 'protocol'],
    },
    tags: { type: 'array', maxItems: 8, items: name, 'x-kubernetes-list-type': 'set' },
    selector: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 8 },
    nested: {
      type: 'object',
      additionalProperties: { type: 'array', items: { type: 'object', properties: { port } } },
    },
    anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    atom: {
      type: 'object',
      'x-kubernetes-map-type': 'atomic',
      properties: { a: { type: 'string' }, b: { type: 'boolean', default: false } },
    },
    template: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    either: {
      type: 'object',
      properties: { one: { type: 'string' }, other: { type: 'integer' } },
      oneOf: [{ required: ['one'] }, { required: ['other'] }],
      not: { required: ['one', 'other'] },
    },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.color != 'blue' || !has(self.replicas) || self.replicas < 50",
      message: 'blue is rare',
    },
    { rule: "!has(self.ports) || self.ports.all(p, p.name != 'x')" },
    { rule: 'self.color == oldSelf.color', reason: 'FieldValueForbidden' },
  ],
}

const status = {
  type: 'object',
  properties: {
    replicas: { type: 'integer' },
    selector: { type: 'string' },
    conditions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type'],
        properties: { type: name, status: { type: 'string' }, reason: { type: 'string' } },
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
  },
}

const version = (versionName: string, storage: boolean) => ({
  name: versionName,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } } },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  selectableFields: [{ jsonPath: '.spec.color' }],
  additionalPrinterColumns: [
    { name: 'Color', type: 'string', jsonPath: '.spec.color' },
    { name: 'Ports', type: 'string', jsonPath: '.spec.ports[*].name' },
    { name: 'When', type: 'date', jsonPath: '.spec.when' },
  ],
})

export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

export const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.fuzz.example.com' },
  spec: {
    group: 'fuzz.example.com',
    scope: 'Namespaced',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
    versions: [version('v1', true), version('v2', false)],
  },
}
