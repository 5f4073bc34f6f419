/** The framework's public entry: what built-in controllers, `crds/` and other people's controllers import. */

export * from '../../api/object.ts'
export * from '../../api/selector.ts'
export { type Clock, time } from '../../ports/clock.ts'
export type { Random } from '../../ports/random.ts'
export type { Applied, AppliedObject } from './applied.ts'
export { batch } from './batch.ts'
export type { Cause } from './causes.ts'
export * from './claim.ts'
export * from './cluster.ts'
export * from './cluster-config.ts'
export * from './controller.ts'
export { convert } from './conversion.ts'
export * from './conversion-review.ts'
export * from './custom-resource-definition.ts'
export { kind } from './define-kind.ts'
export type {
  ConversionFunctions,
  Converted,
  DefinedKind,
  Definition,
  InputOf,
  KindNames,
  ObjectOf,
  WritableKind,
} from './defined-kind.ts'
export { type Duration, milliseconds } from './duration.ts'
export * from './events.ts'
export { fencedCluster } from './fenced-cluster.ts'
export { findCluster } from './find-cluster.ts'
export {
  type HealthServer,
  type HealthServerOptions,
  readinessOf,
  startHealthServer,
} from './health.ts'
export {
  type HttpCluster,
  type HttpClusterOptions,
  httpCluster,
  type PodLogOptions,
} from './http-cluster.ts'
export * from './informer.ts'
export { InstallError, type InstallOptions, installKinds } from './install.ts'
export * from './kind.ts'
export * from './kinds.ts'
export { type KubeconfigOptions, loadKubeconfig } from './kubeconfig.ts'
export * from './leader-election.ts'
export { logRuns, type RunLog } from './log-runs.ts'
export { main } from './main.ts'
export * from './manager.ts'
export { type ConversionWebhook, type ManifestOptions, manifestOf } from './manifest.ts'
export { type ManifestsOptions, manifestsOf } from './manifests.ts'
export {
  type ObservedCluster,
  observedCluster,
  type RequestMeasure,
  type RequestVerb,
} from './observed-cluster.ts'
export { type Permission, type PermissionOptions, permissionsOf } from './permissions.ts'
export { PreflightError, preflight } from './preflight.ts'
export type { Program } from './program.ts'
export { type Projected, projected } from './projection.ts'
export * from './queue.ts'
export type { Reconciled } from './reconciled.ts'
export type { ReflectorState, Scope } from './reflector.ts'
export * from './resource-version.ts'
export { type RoleObject, type RoleOptions, rolesOf } from './roles.ts'
export * from './round-trip.ts'
export { exampleOf } from './schema/example.ts'
export * from './schema/index.ts'
export { type ServeOptions, serve } from './serve.ts'
export { inClusterConfig } from './service-account.ts'
export type { Change, IndexFunction } from './store.ts'
export type { Span, Tracer } from './tracing.ts'
export type { Column, VersionDeclaration } from './version-declaration.ts'
