/**
 * `TaskDefinition`: a revision of a family, `web-7` being `web:7`, which never changes. `TaskFamily`: what is to be
 * registered next; each change of it registers a revision.
 */

import {
  conditions,
  enumeration,
  int,
  kind,
  type ObjectOf,
  object,
  rule,
  string,
} from '../../../controllers/framework/index.ts'
import { registered } from './container-definition.ts'

export const group = 'ecs.example.com'
const categories = ['ecs']

/** `web-7` for revision 7 of `web`. Put so that the server can tell beforehand what it costs. */
const suffix = 'self.metadata.name.substring(self.spec.family.size() + 1)'
const named = rule(
  "self.metadata.name.startsWith(self.spec.family + '-') && " +
    `${suffix}.matches('^[1-9][0-9]*$') && int(${suffix}) == self.spec.revision`,
  'its name must be FAMILY-REVISION, as its spec has them',
)

export const TaskDefinition = kind({
  group,
  name: 'TaskDefinition',
  shortNames: ['taskdef'],
  categories,
}).version('v1', {
  spec: object({
    family: string()
      .max(52)
      .pattern(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
    revision: int().min(1),
    status: enumeration('ACTIVE', 'INACTIVE')
      .default('ACTIVE')
      .rule("oldSelf == self || self == 'INACTIVE'", 'what was deregistered stays INACTIVE'),
    ...registered,
  }).rule(
    ['family', 'revision', 'cpu', 'memory', 'containerDefinitions']
      .map((field) => `self.${field} == oldSelf.${field}`)
      .join(' && '),
    'a task definition never changes: register a new revision',
  ),
  rules: [named],
  columns: {
    Family: '.spec.family',
    Revision: { path: '.spec.revision', type: 'integer' },
    Status: '.spec.status',
    CPU: { path: '.spec.cpu', priority: 1 },
    Memory: { path: '.spec.memory', priority: 1 },
    Age: { path: '.metadata.creationTimestamp', type: 'date' },
  },
})
export type TaskDefinition = ObjectOf<typeof TaskDefinition>

export const TaskFamily = kind({
  group,
  name: 'TaskFamily',
  shortNames: ['family'],
  categories,
}).version('v1', {
  spec: object(registered),
  status: object({
    taskDefinition: string().describe('What was registered last, as family:revision.').optional(),
    revision: int().optional(),
    observedGeneration: int().optional(),
    conditions: conditions(),
  }),
  rules: [rule('self.metadata.name.size() <= 52', 'a family has 52 characters at most')],
  columns: {
    Latest: '.status.taskDefinition',
    Registered: ".status.conditions[?(@.type=='Registered')].status",
  },
})
export type TaskFamily = ObjectOf<typeof TaskFamily>
