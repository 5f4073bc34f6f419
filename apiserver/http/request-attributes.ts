/** A request as authorization asks about it. What a collection is narrowed to counts: one name of it is that object. */

import { parseFieldSelector, type Selector, SelectorError } from '../../api/selector.ts'
import type { Attributes } from '../auth/authorization.ts'
import type { User } from '../registry/registry.ts'
import type { RequestInfo } from './request-info.ts'

const ofCollections = new Set(['list', 'watch', 'deletecollection'])

export function attributesOf(info: RequestInfo, user: User): Attributes {
  if (info.type === 'path') return { user, verb: info.verb, path: info.path }
  const { verb, group, plural, subresource, namespace, name, query } = info
  const narrowed = name === '' && ofCollections.has(verb) ? query.get('fieldSelector') : null
  const fields = narrowed ? fieldsOf(narrowed) : undefined
  return {
    user,
    verb,
    group,
    resource: plural,
    namespace,
    name: fields ? nameIn(fields) : name,
    ...(subresource !== '' && { subresource }),
    ...(fields && { fields }),
  }
}

/** What cannot be read narrows nothing; whoever answers the request says so. */
function fieldsOf(text: string): Selector | undefined {
  try {
    return parseFieldSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}

function nameIn(fields: Selector): string {
  const found = fields.find(({ key, operator }) => key === 'metadata.name' && operator === '=')
  return found?.values[0] ?? ''
}
