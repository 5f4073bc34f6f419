/** The framework's public entry: what built-in controllers, `crds/` and other people's controllers import. */

// Kinds.

export * from '../../api/object.ts'
export { convert } from './conversion.ts'
export {
  type ConversionRequest,
  type ConversionResponse,
  type ConversionReview,
  conversionHandler,
} from './conversion-review.ts'
export * from './custom-resource-definition.ts'
export { kind } from './define-kind.ts'
export type {
  ConversionFunctions,
  Converted,
  Declared,
  DefinedKind,
  Definition,
  InputOf,
  KindNames,
  ObjectOf,
  Undeclared,
  VersionTypes,
  WithVersion,
  WritableKind,
} from './defined-kind.ts'
export { InstallError, type InstallOptions, installKinds } from './install.ts'
export * from './kind.ts'
export * from './kinds.ts'
export { type ConversionWebhook, type ManifestOptions, manifestOf } from './manifest.ts'
export { type Projected, projected } from './projection.ts'
export * from './round-trip.ts'
export { exampleOf } from './schema/example.ts'
export * from './schema/index.ts'
export type { Column, NamedMeta, VersionDeclaration } from './version-declaration.ts'

// Controllers.

export {
  formatSelector,
  fromExpression,
  fromLabelSelector,
  type Operator,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
  requirementMatches,
  type Selector,
  SelectorError,
  selectorMatches,
} from '../../api/selector.ts'
export type { ObjectVersion, WriteCause } from '../../api/write-record.ts'
export { type Clock, time } from '../../ports/clock.ts'
export { type Random, seededRandom, systemRandom } from '../../ports/random.ts'
export { systemClock } from '../../ports/system-clock.ts'
export type { Applied, AppliedObject } from './applied.ts'
export { batch } from './batch.ts'
export type { Cause } from './causes.ts'
export * from './claim.ts'
export * from './controller.ts'
export { type Duration, milliseconds } from './duration.ts'
export { objectVersion, onAccountOf } from './origin.ts'
export type { Outcome } from './queue.ts'
export type { Reconciled } from './reconciled.ts'
export type { Scope } from './reflector.ts'
export { compareResourceVersions } from './resource-version.ts'

// Clusters.

export * from './cluster.ts'
export * from './cluster-config.ts'
export { findCluster } from './find-cluster.ts'
export {
  type HttpCluster,
  type HttpClusterOptions,
  httpCluster,
  type PodLogOptions,
} from './http-cluster.ts'
export { type KubeconfigOptions, loadKubeconfig } from './kubeconfig.ts'
export type { RequestMeasure, RequestVerb } from './observed-cluster.ts'
export { inClusterConfig } from './service-account.ts'

// Programs.

export { type HealthServer, type HealthServerOptions, startHealthServer } from './health.ts'
export { type LeaderElectionOptions, LeadershipLost } from './leader-election.ts'
export type { Listening } from './listening.ts'
export { type LogLevel, logRuns, type RunLog } from './log-runs.ts'
export { main } from './main.ts'
export * from './manager.ts'
export { type ManifestsOptions, manifestsOf } from './manifests.ts'
export { type Permission, type PermissionOptions, permissionsOf } from './permissions.ts'
export { PreflightError, preflight } from './preflight.ts'
export type { Program } from './program.ts'
export { type Readiness, readinessOf } from './readiness.ts'
export { type RoleObject, type RoleOptions, rolesOf } from './roles.ts'
export { type ServeOptions, serve } from './serve.ts'
export type { AttributeValue, Span, SpanOptions, Tracer } from './tracing.ts'

// For what is no controller of one kind (a scheduler, a garbage collector, a node's agent): the parts of a controller.

export { type Recorder, type RecorderOptions, recorder } from './events.ts'
export {
  type Informer,
  type InformerState,
  Informers,
  type InformersOptions,
} from './informer.ts'
export { type ElectionOptions, elect, type Leadership } from './leader-election.ts'
export { type QueueOptions, WorkQueue } from './queue.ts'
export type { Change, IndexFunction } from './store.ts'
