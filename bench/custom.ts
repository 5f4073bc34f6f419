/** A durable create of a custom resource with a schema, defaults and a rule, against the same objects, as they are stored, straight into the store. */

import { sleep } from '../ports/clock.ts'
import type { Benchmark } from './figure.ts'
import { type ApiServer, ask, demand } from './lab/api-server.ts'
import { namePlaceholder } from './lab/bodies.ts'
import type { Lab } from './lab/lab.ts'
import { compareWrites, writesTarget } from './lab/writes.ts'

const group = 'bench.example.com'
const path = `/apis/${group}/v1/namespaces/default/jobs`
const serveWithinMs = 10_000

const text = { type: 'string', maxLength: 256 }
const step = {
  type: 'object',
  required: ['name', 'command'],
  properties: {
    name: { ...text, pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' },
    command: { type: 'array', maxItems: 16, items: text },
    retries: { type: 'integer', minimum: 0, maximum: 10, default: 3 },
  },
}

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `jobs.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'jobs', singular: 'job', kind: 'Job' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['steps'],
                properties: {
                  parallelism: { type: 'integer', minimum: 1, default: 1 },
                  completions: { type: 'integer', minimum: 1 },
                  environment: { type: 'object', maxProperties: 64, additionalProperties: text },
                  steps: {
                    type: 'array',
                    maxItems: 32,
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: step,
                  },
                },
                'x-kubernetes-validations': [
                  {
                    rule: '!has(self.completions) || self.completions >= self.parallelism',
                    message: 'completions must not be fewer than run at once',
                  },
                ],
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
}

/** About as large as the pod of the other benchmarks. */
const job = {
  apiVersion: `${group}/v1`,
  kind: 'Job',
  metadata: { name: namePlaceholder, namespace: 'default', labels: { app: 'bench' } },
  spec: {
    completions: 4,
    environment: Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`SETTING_NUMBER_${n}`, `the value of setting ${n}`]),
    ),
    steps: Array.from({ length: 8 }, (_, n) => ({
      name: `step-${n}`,
      command: ['/bin/run', '--step', String(n), '--verbose'],
    })),
  },
}

async function define(lab: Lab, { address }: ApiServer): Promise<void> {
  await demand(
    address,
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    definition,
  )
  const end = lab.clock.monotonic() + serveWithinMs
  while ((await ask(address, 'GET', path)).status !== 200) {
    if (lab.clock.monotonic() > end) throw new Error(`${path} is not served`)
    await sleep(lab.clock, 20)
  }
}

export const custom: Benchmark = {
  name: 'custom',
  target: writesTarget,
  run: (lab) =>
    compareWrites(lab, {
      what: 'create a custom resource',
      request: { method: 'POST', path, body: JSON.stringify(job), series: 'cust' },
      prepare: (server) => define(lab, server),
    }),
}
