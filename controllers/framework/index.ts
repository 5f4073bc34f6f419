/** The framework's public entry: what built-in controllers, `crds/` and other people's controllers import. */

export * from '../../api/object.ts'
export * from '../../api/selector.ts'
export * from './claim.ts'
export * from './cluster.ts'
export * from './controller.ts'
export * from './kind.ts'
export * from './kinds.ts'
