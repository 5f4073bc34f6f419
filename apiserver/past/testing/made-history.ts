/** A history that tests write line by line: versions, records, an edge. */

import type { KubernetesObject } from '../../../api/object.ts'
import type { ObjectVersion, WriteCause, WriteRecord } from '../../../api/write-record.ts'
import { CompactedError } from '../../storage/storage.ts'
import type { Version, Versions } from '../versions.ts'
import type { Subject, Subjects } from '../write.ts'

interface Written {
  key: string
  revision: number
  created: number
  object: KubernetesObject | undefined
  record: WriteRecord | undefined
}

export interface Wrote {
  user?: string
  impersonatedBy?: string
  cause?: WriteCause
  subresource?: string
  /** Nothing is kept of who it was. */
  unrecorded?: boolean
}

const kinds: Record<string, { kind: string; group: string; namespaced: boolean }> = {
  pods: { kind: 'Pod', group: '', namespaced: true },
  replicasets: { kind: 'ReplicaSet', group: 'apps', namespaced: true },
  deployments: { kind: 'Deployment', group: 'apps', namespaced: true },
  nodes: { kind: 'Node', group: '', namespaced: false },
}

const place = (resource: string, name: string) => {
  const { group, namespaced } = kinds[resource]!
  return { resource, group, namespace: namespaced ? 'default' : '', name }
}

export class MadeHistory {
  revision = 1
  edge = 1
  /** Keys of which versions were read, in order. */
  reads: string[] = []
  readonly #writes: Written[] = []

  readonly subjects: Subjects = {
    of: ({ resource, group, namespace, name }) => {
      const known = Object.hasOwn(kinds, resource) ? kinds[resource] : undefined
      if (known?.group !== group) return undefined
      const key = `/${resource}/${namespace}/${name}`
      return { resource, group, namespace, name, kind: known.kind, key }
    },
    owner: ({ kind, name }) => {
      const found = Object.entries(kinds).find(([, each]) => each.kind === kind)
      return found && this.subject(found[0], name)
    },
  }

  subject(resource: string, name: string): Subject {
    return this.subjects.of(place(resource, name))!
  }

  version(resource: string, name: string, revision: number | ''): ObjectVersion {
    return { ...place(resource, name), resourceVersion: String(revision) }
  }

  /** Writes of others, of which nothing is told. */
  pass(count: number): void {
    this.revision += count
  }

  /** @param change laid over what there is; `undefined` deletes. @returns its revision */
  write(
    resource: string,
    name: string,
    change: Partial<KubernetesObject> | undefined,
    wrote: Wrote = {},
  ): number {
    const { user = 'system:kube-controller-manager', unrecorded, ...told } = wrote
    const { key, kind, group } = this.subject(resource, name)
    const before = this.#last(key, this.revision)
    const revision = ++this.revision
    const old = before?.object
    const object = change && {
      kind,
      apiVersion: group === '' ? 'v1' : `${group}/v1`,
      ...old,
      ...change,
      metadata: { name, uid: `uid-${name}`, ...old?.metadata, ...change.metadata },
    }
    this.#writes.push({
      key,
      revision,
      created: old ? before.created : revision,
      object: object as KubernetesObject | undefined,
      record: unrecorded
        ? undefined
        : {
            at: new Date(1_700_000_000_000 + revision * 1000).toISOString(),
            verb: object ? (old ? 'update' : 'create') : 'delete',
            user,
            requestId: `r${revision}`,
            ...told,
          },
    })
    return revision
  }

  #last(key: string, revision: number): Written | undefined {
    return this.#writes.findLast((each) => each.key === key && each.revision <= revision)
  }

  #mustBeKept(revision: number): void {
    if (revision < this.edge) throw new CompactedError(revision, this.edge)
  }

  readonly versions: Versions = {
    at: async (key, revision) => {
      this.reads.push(key)
      this.#mustBeKept(revision)
      return versionOf(this.#last(key, revision))
    },
    record: async (key, revision) => {
      this.#mustBeKept(revision)
      return this.#writes.find((each) => each.key === key && each.revision === revision)?.record
    },
    deletion: async (key, before) => {
      this.reads.push(key)
      const found = this.#writes.findLast(
        (each) => each.key === key && !each.object && each.revision <= before,
      )
      if (!found || found.revision <= this.edge) return undefined
      const last = versionOf(this.#last(key, found.revision - 1))
      return last && { revision: found.revision, last }
    },
    now: async () => this.revision,
    oldest: async () => this.edge,
  }
}

const versionOf = (written: Written | undefined): Version | undefined =>
  written?.object && {
    revision: written.revision,
    created: written.created,
    object: written.object,
  }
