/** The OpenAPI v3 document of one group and version. */

import type { Resource } from '../resources/resource.ts'
import type { Descriptions } from './descriptions.ts'
import { customSchemas, referredByCustom } from './openapi-custom.ts'
import { type Operation, type PathItem, pathsOf, queryParameters } from './openapi-operations.ts'
import { reference, schemasOf } from './openapi-schemas.ts'

export function openApiV3(
  resources: readonly Resource[],
  version: string,
  descriptions: Descriptions,
): object {
  const items = resources.flatMap(pathsOf)
  const custom = customSchemas(resources, 'v3')
  const named = new Set(resources.flatMap(({ schema }) => schema ?? []))
  if (Object.keys(custom).length > 0) for (const name of referredByCustom) named.add(name)
  for (const { operations } of items)
    for (const { body, answer } of operations) {
      if (body) named.add(body)
      if (answer) named.add(answer)
    }
  for (const name of Object.keys(custom)) named.delete(name)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(items.map((item) => [item.path, pathItem(item)])),
    components: {
      schemas: { ...schemasOf(named, 'v3', descriptions), ...custom },
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  }
}

function pathItem({ variables, operations }: PathItem): object {
  return {
    ...Object.fromEntries(operations.map((one) => [one.method, operation(one)])),
    parameters: variables.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', uniqueItems: true },
    })),
  }
}

function operation(one: Operation): object {
  const schema = one.answer === undefined ? { type: 'string' } : reference(one.answer, 'v3')
  const content = { [one.answer === undefined ? 'text/plain' : 'application/json']: { schema } }
  return {
    tags: [one.tag],
    description: one.description,
    operationId: one.id,
    parameters: one.query.map((name) => ({
      name,
      in: 'query',
      description: queryParameters[name]?.description,
      schema: { type: queryParameters[name]?.type, uniqueItems: true },
    })),
    ...(one.body !== undefined && {
      requestBody: {
        content: Object.fromEntries(
          one.consumes.map((type) => [type, { schema: reference(one.body ?? '', 'v3') }]),
        ),
      },
    }),
    responses: {
      '200': { description: 'OK', content },
      ...(one.method === 'post' && { '201': { description: 'Created', content } }),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': one.action,
    'x-kubernetes-group-version-kind': one.kind,
  }
}
