/** What an end-to-end test sees while something goes on: every version of the pods, and every answer of a service. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Pod } from '../../api/types.ts'
import type { TestCluster } from './cluster.ts'
import { kubectls } from './programs.ts'

/** The pods of a selector after one event, in the order of the store's revisions. */
export interface Moment {
  revision: string
  ready: number
  nonTerminating: number
}

/** Follows every version of the pods of a selector from now on, through `kubectl get --watch`. */
export class PodObserver {
  readonly #child: ChildProcess
  readonly #pods = new Map<string, Pod>()
  readonly moments: Moment[] = []
  readonly #looks = new Set<() => void>()
  #text = ''

  constructor(cluster: TestCluster, selector: string) {
    const args = ['get', 'pods', '-l', selector, '--watch', '--output-watch-events', '-o', 'json']
    const kubectl = kubectls()[0]!.path
    this.#child = spawn(kubectl, [`--kubeconfig=${cluster.kubeconfig}`, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { HOME: cluster.dataDir, PATH: process.env.PATH },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#receive(chunk))
  }

  /** Resolves as soon as `accept` likes what was seen so far. */
  until(accept: (moments: Moment[]) => boolean, timeoutMs = 60_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!accept(this.moments)) return
        clearTimeout(timer)
        this.#looks.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#looks.delete(look)
        reject(new Error(`not seen: the last was ${JSON.stringify(this.moments.at(-1))}`))
      }, timeoutMs)
      this.#looks.add(look)
      look()
    })
  }

  async stop(): Promise<void> {
    this.#child.kill()
    await once(this.#child, 'exit')
  }

  #receive(chunk: string): void {
    this.#text += chunk
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) this.#event(JSON.parse(line))
  }

  #event({ type, object }: { type: string; object: Pod }): void {
    const { uid = '', resourceVersion = '' } = object.metadata
    if (type === 'DELETED') this.#pods.delete(uid)
    else this.#pods.set(uid, object)
    const living = [...this.#pods.values()].filter(
      ({ metadata, status }) =>
        !metadata.deletionTimestamp && status?.phase !== 'Failed' && status?.phase !== 'Succeeded',
    )
    this.moments.push({
      revision: resourceVersion,
      ready: living.filter(isReady).length,
      nonTerminating: living.length,
    })
    for (const look of [...this.#looks]) look()
  }
}

export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false

/** Asks a URL over and over on new connections, four at a time, at most `maxRequests` times. */
export class LoadLoop {
  readonly answers = new Map<string, number>()
  readonly failures: string[] = []
  readonly #workers: Promise<void>[]
  #running = true
  #left: number

  constructor(url: string, { workers = 4, maxRequests = 50_000 } = {}) {
    this.#left = maxRequests
    this.#workers = Array.from({ length: workers }, () => this.#work(url))
  }

  get requests(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0)
  }

  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#workers)
  }

  async #work(url: string): Promise<void> {
    while (this.#running && this.#left-- > 0) {
      try {
        const response = await fetch(url, {
          headers: { Connection: 'close' },
          signal: AbortSignal.timeout(5000),
        })
        const text = await response.text()
        if (response.status === 200) this.answers.set(text, (this.answers.get(text) ?? 0) + 1)
        else this.failures.push(`${response.status} ${text}`)
      } catch (error) {
        const { message, cause } = error as Error
        this.failures.push(`${message}: ${(cause as Error | undefined)?.message ?? ''}`)
      }
    }
  }
}

/** The text of one GET. */
export async function ask(url: string): Promise<string> {
  const response = await fetch(url, {
    headers: { Connection: 'close' },
    signal: AbortSignal.timeout(5000),
  })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}

/**
 * Asks until an answer matches: a rollout is complete a moment before the last node has heard which pods left. Fails
 * after `attempts`, and at once when no answer comes.
 */
export async function askUntil(url: string, pattern: RegExp, attempts = 500): Promise<void> {
  let last = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    last = await ask(url)
    if (pattern.test(last)) return
  }
  throw new Error(`${url} goes on answering ${last}`)
}
