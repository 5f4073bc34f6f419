/** Tasks, for services. */

export { taskController } from './controller.ts'
export { Task, type TaskStatus } from './kind.ts'
