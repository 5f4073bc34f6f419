/** How few and how many tasks there may be while one deployment takes the place of another. Pure. */

import type { DeploymentConfiguration } from './kind.ts'

export interface Bounds {
  /** That many stay RUNNING. */
  lower: number
  /** No more are PROVISIONING, PENDING or RUNNING. */
  upper: number
}

export const boundsOf = (
  desiredCount: number,
  { minimumHealthyPercent, maximumPercent }: DeploymentConfiguration,
): Bounds => ({
  lower: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
  upper: Math.floor((desiredCount * maximumPercent) / 100),
})
