/** What the control plane does about nodes: addresses for their pods, their health, and pods that must leave them. */

export { CidrError } from './cidr.ts'
export type { HealthOptions } from './health.ts'
export { nodeLifecycleController } from './lifecycle.ts'
export { type PodCidrOptions, podCidrController } from './pod-cidr.ts'
export { taintEvictionController } from './taint-eviction.ts'
