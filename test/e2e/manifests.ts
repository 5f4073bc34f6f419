/** Short words for the pods that end-to-end tests make. Everything runs the demo's image: a shell and busybox. */

import type { Container, Pod, PodSpec } from '../../api/types.ts'

export const image = 'hello:v1'

/** A container that runs a shell script. Without more it stays until it is told to go. */
export const shell = (script = 'wait_for_end', more: Partial<Container> = {}): Container => ({
  name: 'main',
  image,
  command: ['sh', '-c', `${prelude}\n${script}`],
  ...more,
})

/** The first process of a container hears no signal that it has no handler for. */
const prelude = `wait_for_end() { trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done; }`

export const podOf = (
  name: string,
  spec: Partial<PodSpec> & { containers: Container[] },
  metadata: Pod['metadata'] = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...metadata, name },
  spec: { terminationGracePeriodSeconds: 1, ...spec },
})

/** Pods that finish once. */
export const once = (script: string, more: Partial<Container> = {}) => ({
  restartPolicy: 'Never',
  containers: [shell(script, more)],
})
