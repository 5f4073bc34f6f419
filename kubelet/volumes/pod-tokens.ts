/**
 * Tokens of the service accounts that pods run as: asked of the API server for one pod, given again while they are young, and
 * asked for anew before they run out. Nothing of them outlives the pod, or is written anywhere but into its volumes.
 */

import type { Pod } from '../../api/types.ts'
import { type Cluster, ServiceAccount } from '../../controllers/framework/index.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { VolumeError } from './volume.ts'

export interface TokenWish {
  /** The API server itself without it. */
  audience?: string
  /** Seconds. */
  expirationSeconds: number
}

export interface PodTokens {
  /** Rejects with `VolumeError`. */
  token(pod: Pod, wish: TokenWish): Promise<string>
  /** Forgets those of a pod. */
  release(uid: string): void
}

export interface PodTokensOptions {
  cluster: Cluster
  clock: Clock
  /** The tokens of these pods are to be asked for again. */
  changed(uids: Iterable<string>): void
}

interface Entry {
  token: string
  /** Milliseconds since the epoch. */
  refreshAt: number
  expiresAt: number
  cancel: Cancel
}

/** The part of its life after which a token is replaced. */
const ripe = 0.8
/** However long it lives. */
const oldest = 24 * 3_600_000
/** Between two attempts to replace one. */
const retryMs = 10_000

export class ServiceAccountTokens implements PodTokens {
  readonly #options: PodTokensOptions
  /** By pod, then by what was wished for. */
  readonly #pods = new Map<string, Map<string, Entry>>()

  constructor(options: PodTokensOptions) {
    this.#options = options
  }

  async token(pod: Pod, wish: TokenWish): Promise<string> {
    const uid = pod.metadata.uid ?? ''
    const key = `${wish.expirationSeconds} ${wish.audience ?? ''}`
    const known = this.#pods.get(uid)?.get(key)
    const now = this.#options.clock.now()
    if (known && now < known.refreshAt) return known.token
    try {
      const entry = await this.#ask(pod, wish)
      this.#keep(uid, key, entry)
      return entry.token
    } catch (error) {
      // An old one is better than none, and will be replaced.
      if (!known || now >= known.expiresAt)
        throw new VolumeError(`failed to fetch token: ${(error as Error).message}`)
      this.#keep(uid, key, { ...known, refreshAt: now + retryMs })
      return known.token
    }
  }

  release(uid: string): void {
    for (const { cancel } of this.#pods.get(uid)?.values() ?? []) cancel()
    this.#pods.delete(uid)
  }

  close(): void {
    for (const uid of [...this.#pods.keys()]) this.release(uid)
  }

  #keep(uid: string, key: string, entry: Omit<Entry, 'cancel'>): void {
    const { clock, changed } = this.#options
    const entries = this.#pods.get(uid) ?? new Map<string, Entry>()
    this.#pods.set(uid, entries)
    entries.get(key)?.cancel()
    const cancel = clock.after(Math.max(entry.refreshAt - clock.now(), 0), () => changed([uid]))
    entries.set(key, { ...entry, cancel })
  }

  async #ask(
    { metadata, spec }: Pod,
    { audience, expirationSeconds }: TokenWish,
  ): Promise<Omit<Entry, 'cancel'>> {
    const { cluster, clock } = this.#options
    const ref = {
      namespace: metadata.namespace,
      name: spec?.serviceAccountName || 'default',
    }
    const { name = '', uid = '' } = metadata
    const from = clock.now()
    const answer = await cluster.createSubresource(ServiceAccount, ref, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    })
    const { token = '', expirationTimestamp = '' } = answer.status as Record<string, string>
    const life = Math.max(Date.parse(expirationTimestamp) - from, 0)
    return {
      token,
      refreshAt: from + Math.min(life * ripe, oldest),
      expiresAt: from + life,
    }
  }
}
