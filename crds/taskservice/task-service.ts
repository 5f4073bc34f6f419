/** The vocabulary of Amazon ECS on Kubernetes: its kinds and the controllers behind them. */

import { taskServiceController } from './service/controller.ts'
import { TaskService } from './service/kind.ts'
import { taskController } from './task/controller.ts'
import { Task } from './task/kind.ts'
import { taskFamilyController } from './task-definition/controller.ts'
import { TaskDefinition, TaskFamily } from './task-definition/kind.ts'

export const taskService = {
  name: 'taskservice',
  kinds: [TaskFamily, TaskDefinition, TaskService, Task],
  controllers: [taskFamilyController, taskServiceController, taskController],
}
