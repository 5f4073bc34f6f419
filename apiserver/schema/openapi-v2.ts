/** The OpenAPI v2 document of everything that is served, for older clients; what it cannot express it leaves out. */

import type { Resource } from '../resources/resource.ts'
import type { Descriptions } from './descriptions.ts'
import { customSchemas, referredByCustom } from './openapi-custom.ts'
import { type Operation, type PathItem, pathsOf, queryParameters } from './openapi-operations.ts'
import { reference, schemasOf } from './openapi-schemas.ts'

export function openApiV2(
  resources: readonly Resource[],
  version: string,
  descriptions: Descriptions,
): object {
  const items = resources.flatMap(pathsOf)
  const custom = customSchemas(resources, 'v2')
  const named = new Set(resources.flatMap(({ schema }) => schema ?? []))
  if (Object.keys(custom).length > 0) for (const name of referredByCustom) named.add(name)
  for (const { operations } of items)
    for (const { body, answer } of operations) {
      if (body) named.add(body)
      if (answer) named.add(answer)
    }
  for (const name of Object.keys(custom)) named.delete(name)
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(items.map((item) => [item.path, pathItem(item)])),
    definitions: { ...schemasOf(named, 'v2', descriptions), ...custom },
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
  }
}

function pathItem({ variables, operations }: PathItem): object {
  return {
    ...Object.fromEntries(operations.map((one) => [one.method, operation(one)])),
    parameters: variables.map((name) => ({
      name,
      in: 'path',
      required: true,
      type: 'string',
      uniqueItems: true,
    })),
  }
}

function operation(one: Operation): object {
  const schema = one.answer === undefined ? { type: 'string' } : reference(one.answer, 'v2')
  return {
    description: one.description,
    consumes: one.consumes,
    produces: [one.answer === undefined ? 'text/plain' : 'application/json'],
    schemes: ['https'],
    tags: [one.tag],
    operationId: one.id,
    parameters: [
      ...(one.body === undefined
        ? []
        : [
            {
              name: 'body',
              in: 'body',
              ...(one.method !== 'delete' && { required: true }),
              schema: reference(one.body, 'v2'),
            },
          ]),
      ...one.query.map((name) => ({
        name,
        in: 'query',
        type: queryParameters[name]?.type,
        uniqueItems: true,
        description: queryParameters[name]?.description,
      })),
    ],
    responses: {
      '200': { description: 'OK', schema },
      ...(one.method === 'post' && { '201': { description: 'Created', schema } }),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': one.action,
    'x-kubernetes-group-version-kind': one.kind,
  }
}
