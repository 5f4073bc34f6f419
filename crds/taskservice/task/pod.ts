/** The pod of a task: what ECS's words say, in Kubernetes' words. It runs once; nothing in it is started again. Pure. */

import type { AppliedObject, Pod } from '../../../controllers/framework/index.ts'
import type { ContainerDefinition } from '../task-definition/container-definition.ts'
import { nameOf, type TaskDefinition } from '../task-definition/index.ts'
import type { Task } from './kind.ts'

export function podOf(task: Task, definition: TaskDefinition): AppliedObject<Pod> {
  const { containerDefinitions } = definition.spec
  const shares = sharesOf(definition)
  return {
    metadata: {
      name: task.metadata.name!,
      labels: { ...task.metadata.labels, 'ecs.example.com/family': definition.spec.family },
      annotations: Object.assign(
        {},
        ...containerDefinitions.map(({ dockerLabels }) => dockerLabels),
        { 'ecs.example.com/task-definition': nameOf(definition) },
      ),
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: Math.max(
        ...containerDefinitions.map(
          (container) => container.stopTimeout + (answers(container) ? farewell : 0),
        ),
      ),
      containers: containerDefinitions.map((container) => ({
        name: container.name,
        image: container.image,
        command: container.entryPoint,
        args: container.command,
        workingDir: container.workingDirectory,
        env: container.environment,
        ports: container.portMappings?.map(({ containerPort, protocol, name }) => ({
          containerPort,
          protocol: protocol.toUpperCase(),
          name,
        })),
        readinessProbe: probeOf(container),
        lifecycle: answers(container) ? { preStop: { sleep: { seconds: farewell } } } : undefined,
        resources: shares(container),
      })),
    },
  }
}

/** Seconds that a container goes on answering, until everybody has heard that it is leaving. */
const farewell = 2
const answers = ({ portMappings = [] }: ContainerDefinition): boolean => portMappings.length > 0

/** Who passes it is HEALTHY. What fails it is for the service to judge: the kubelet restarts nothing. */
function probeOf({ healthCheck }: ContainerDefinition) {
  if (!healthCheck) return undefined
  const [form, ...rest] = healthCheck.command
  return {
    exec: { command: form === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : rest },
    periodSeconds: healthCheck.interval,
    timeoutSeconds: healthCheck.timeout,
    failureThreshold: healthCheck.retries,
  }
}

const millicores = (units: number) => `${Math.floor((units * 1000) / 1024)}m`
const mebibytes = (amount: number) => `${amount}Mi`

/**
 * What each container is given: what it says, and of the rest of the task's an equal part. None gets more than the
 * whole task has.
 */
function sharesOf({ spec }: TaskDefinition) {
  const whole = { cpu: Number(spec.cpu), memory: Number(spec.memory) }
  const cpu = partOf(
    whole.cpu,
    spec.containerDefinitions.map((container) => container.cpu),
  )
  const memory = partOf(whole.memory, spec.containerDefinitions.map(reserved))
  return (container: ContainerDefinition) => ({
    requests: {
      cpu: millicores(container.cpu ?? cpu),
      memory: mebibytes(reserved(container) ?? memory),
    },
    limits: {
      cpu: millicores(whole.cpu),
      memory: mebibytes(Math.min(container.memory ?? whole.memory, whole.memory)),
    },
  })
}

const reserved = ({ memoryReservation, memory }: ContainerDefinition) => memoryReservation ?? memory

/** What is left for each of those that ask for nothing. */
function partOf(whole: number, asked: readonly (number | undefined)[]): number {
  const left = whole - asked.reduce<number>((sum, amount) => sum + (amount ?? 0), 0)
  const silent = asked.filter((amount) => amount === undefined).length
  return silent === 0 ? 0 : Math.max(Math.floor(left / silent), 0)
}
