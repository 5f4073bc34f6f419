/** The OpenAPI v2 document of everything that is served, for older clients; what it cannot express it leaves out. */

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

export function openApiV2(contents: Contents): object {
  return {
    swagger: '2.0',
    info: infoOf(contents),
    paths: Object.fromEntries(contents.items.map((item) => [item.path, pathItem(item)])),
    definitions: definitionsOf(contents, 'v2'),
    securityDefinitions: bearerToken,
    security: [{ BearerToken: [] }],
  }
}

function pathItem({ variables, operations }: PathItem): object {
  const parameters = Object.entries(variables).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    type: 'string',
    uniqueItems: true,
    description,
  }))
  return {
    ...Object.fromEntries(operations.map((one) => [one.method, operation(one)])),
    ...(parameters.length > 0 && { parameters }),
  }
}

function operation(one: Operation): object {
  const { action, answer, kind, query } = one
  const schema = answer === undefined ? { type: 'string' } : reference(answer, 'v2')
  const parameters = [...bodyParameters(one), ...query.map(queryParameter)]
  return {
    description: one.description,
    consumes: consumedBy(one),
    produces: producedBy(one),
    schemes: ['https'],
    tags: [one.tag],
    operationId: one.id,
    ...(parameters.length > 0 && { parameters }),
    responses: responses(one.codes, { schema }),
    ...(action !== undefined && { 'x-kubernetes-action': action }),
    ...(kind && { 'x-kubernetes-group-version-kind': kind }),
  }
}

const bodyParameters = ({ body, method }: Operation) =>
  body === undefined
    ? []
    : [
        {
          name: 'body',
          in: 'body',
          ...(method !== 'delete' && { required: true }),
          schema: reference(body, 'v2'),
        },
      ]

const queryParameter = (name: string) => ({
  name,
  in: 'query',
  uniqueItems: true,
  ...queryParameters[name],
})
