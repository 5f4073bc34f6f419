/** How a task definition is called: `web:7`, or `web` for the latest revision that is ACTIVE. Pure. */

import { string } from '../../../controllers/framework/index.ts'
import type { TaskDefinition } from './kind.ts'

export const reference = () =>
  string()
    .max(63)
    .pattern(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(:[1-9][0-9]*)?$/)
    .describe('family:revision, or a family for its latest ACTIVE revision.')

export const familyOf = (text: string): string => text.split(':')[0] ?? ''

export const nameOf = ({ spec }: TaskDefinition): string => `${spec.family}:${spec.revision}`

/** The definition that is meant. A revision that is named is found INACTIVE too: what refers to it goes on. */
export function resolve(
  text: string,
  definitions: readonly TaskDefinition[],
): TaskDefinition | undefined {
  const [family, revision] = text.split(':')
  const candidates = definitions.filter(({ spec }) =>
    revision === undefined
      ? spec.family === family && spec.status === 'ACTIVE'
      : spec.family === family && spec.revision === Number(revision),
  )
  return candidates.sort((a, b) => b.spec.revision - a.spec.revision)[0]
}
