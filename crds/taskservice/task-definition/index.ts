/** Task definitions, for tasks and services. */

export type { ContainerDefinition } from './container-definition.ts'
export { taskFamilyController } from './controller.ts'
export { group, TaskDefinition, TaskFamily } from './kind.ts'
export { familyOf, nameOf, reference, resolve } from './reference.ts'
