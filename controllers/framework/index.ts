/** The framework's public entry: what built-in controllers, `crds/` and other people's controllers import. */

export * from '../../api/object.ts'
export * from '../../api/selector.ts'
export { type Clock, time } from '../../ports/clock.ts'
export type { Random } from '../../ports/random.ts'
export * from './claim.ts'
export * from './cluster.ts'
export * from './controller.ts'
export * from './custom-resource-definition.ts'
export {
  type Column,
  type DefinedKind,
  type InputOf,
  kind,
  type ObjectOf,
  type VersionDeclaration,
} from './define-kind.ts'
export * from './events.ts'
export { fencedCluster } from './fenced-cluster.ts'
export { type HttpCluster, type HttpClusterOptions, httpCluster } from './http-cluster.ts'
export * from './informer.ts'
export * from './kind.ts'
export * from './kinds.ts'
export {
  type ClusterConfig,
  inClusterConfig,
  KubeconfigError,
  loadKubeconfig,
} from './kubeconfig.ts'
export * from './leader-election.ts'
export * from './manager.ts'
export { manifestOf } from './manifest.ts'
export * from './queue.ts'
export type { ReflectorState, Scope } from './reflector.ts'
export * from './resource-version.ts'
export type { Reconciled } from './runner.ts'
export * from './schema/index.ts'
export type { Change, IndexFunction } from './store.ts'
