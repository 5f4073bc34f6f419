/** The world outside of a test's cluster: a registry whose tags the test moves, and images that do not work. */

import { Subject } from 'rxjs'
import type { KubernetesObject } from '../../controllers/framework/index.ts'
import { startWorld, type World, type WorldOptions } from '../../world/index.ts'
import { appController } from './controller.ts'
import type { Push } from './followers.ts'
import { App } from './kind.ts'
import type { Credentials, Registry } from './registry/registry.ts'
import { RegistryError } from './registry/registry.ts'

/** `digest('1')` is `sha256:111...`. What begins with these letters does not work: */
export const digest = (digit: string): string => `sha256:${digit.repeat(64)}`
/** ... ends at once, */
export const crashes = digest('c')
/** ... runs and never gets ready. */
export const hangs = digest('d')

export class FakeRegistry implements Registry {
  readonly #tags = new Map<string, string>()
  readonly pushes = new Subject<Push>()
  /** Everything that was asked, in order. */
  readonly asked: { image: string; credentials: Credentials | undefined }[] = []
  /** Whether it answers at all. */
  up = true

  /** Moves a tag, and says so unless told not to. */
  push(repository: string, tag: string, content: string, { told = true } = {}): void {
    this.#tags.set(`${repository}:${tag}`, content)
    if (told) this.tell(repository, tag, content)
  }

  /** Says that a tag moves. */
  tell(repository: string, tag: string, content: string): void {
    this.pushes.next({ repository, tag, digest: content })
  }

  async resolve(
    { host, repository, tag }: Parameters<Registry['resolve']>[0],
    { credentials }: Parameters<Registry['resolve']>[1],
  ): Promise<string> {
    this.asked.push({ image: `${host}/${repository}:${tag}`, credentials })
    if (!this.up) throw new RegistryError('RegistryUnavailable', `${host} cannot be asked`)
    const content = this.#tags.get(`${repository}:${tag}`)
    if (!content) throw new RegistryError('ImageNotFound', `${host} has no ${repository}:${tag}`)
    return content
  }
}

export function startAppWorld(registry: FakeRegistry, options: WorldOptions = {}): Promise<World> {
  return startWorld({
    kinds: [App],
    controllers: () => [appController({ registry, pushes: registry.pushes })],
    objects: broken,
    ...options,
  })
}

/** Pods made of an image behave so, wherever they run. */
const pods = (name: string, image: string, what: string, how: string): KubernetesObject[] => {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
  ]
  const expression = `[JSONPatch{op: "add", path: "/metadata/annotations", value: {"tiphys.dev/simulated-${what}": "${how}"}}]`
  const policy = {
    apiVersion,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: {
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules },
      matchConditions: [
        { name, expression: `object.spec.containers[0].image.endsWith("@${image}")` },
      ],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
  }
  const kind = 'MutatingAdmissionPolicyBinding'
  return [policy, { apiVersion, kind, metadata: { name }, spec: { policyName: name } } as never]
}

/** What makes the images that do not work as they are. */
export const broken: KubernetesObject[] = [
  ...pods('crashes', crashes, 'exit', '1@500ms'),
  ...pods('hangs', hangs, 'ready', 'never'),
]
