/** The OpenAPI v3 document of one group and version. */

import {
  bearerToken,
  type Contents,
  consumedBy,
  definitionsOf,
  infoOf,
  producedBy,
  responses,
} from './openapi-document.ts'
import type { Operation, PathItem } from './openapi-operations.ts'
import { queryParameters } from './openapi-parameters.ts'
import { reference } from './openapi-schemas.ts'

export function openApiV3(contents: Contents): object {
  return {
    openapi: '3.0.0',
    info: infoOf(contents),
    paths: Object.fromEntries(contents.items.map((item) => [item.path, pathItem(item)])),
    components: {
      schemas: definitionsOf(contents, 'v3'),
      securitySchemes: bearerToken,
    },
  }
}

function pathItem({ variables, operations }: PathItem): object {
  const parameters = Object.entries(variables).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string', uniqueItems: true },
  }))
  return {
    ...Object.fromEntries(operations.map((one) => [one.method, operation(one)])),
    ...(parameters.length > 0 && { parameters }),
  }
}

function operation(one: Operation): object {
  const { action, answer, kind } = one
  const schema = answer === undefined ? { type: 'string' } : reference(answer, 'v3')
  return {
    tags: [one.tag],
    description: one.description,
    operationId: one.id,
    parameters: one.query.map(queryParameter),
    ...(one.body !== undefined && { requestBody: requestBody(one, one.body) }),
    responses: responses(one.codes, {
      content: Object.fromEntries(producedBy(one).map((type) => [type, { schema }])),
    }),
    ...(action !== undefined && { 'x-kubernetes-action': action }),
    ...(kind && { 'x-kubernetes-group-version-kind': kind }),
  }
}

function queryParameter(name: string): object {
  const { type, description } = queryParameters[name] ?? {}
  return { name, in: 'query', description, schema: { type, uniqueItems: true } }
}

function requestBody(operation: Operation, body: string): object {
  const schema = reference(body, 'v3')
  return { content: Object.fromEntries(consumedBy(operation).map((type) => [type, { schema }])) }
}
