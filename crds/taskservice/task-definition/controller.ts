/**
 * Registers revisions. A revision's number is its family's generation: the API server counts, so no crash and no old
 * view can give one number two contents. Families that change faster than they are seen leave numbers out.
 */

import { ApiError, controller, terminal } from '../../../controllers/framework/index.ts'
import { TaskDefinition, TaskFamily } from './kind.ts'

export const taskFamilyController = controller(TaskFamily)
  .owns(TaskDefinition)
  .reconcile(async (family, { apply, status }) => {
    const { name = '', generation: revision = 1 } = family.metadata
    try {
      await apply(TaskDefinition, {
        metadata: { name: `${name}-${revision}` },
        spec: { family: name, revision, ...family.spec },
      })
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'Invalid') throw error
      status.condition('Registered', false, 'RevisionTaken', error.message)
      throw terminal(`${name}:${revision} cannot be registered: ${error.message}`)
    }
    status({ revision, taskDefinition: `${name}:${revision}` })
    status.condition('Registered', true, 'Registered', `${name}:${revision} is registered`)
  })
