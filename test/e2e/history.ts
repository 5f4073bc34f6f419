/** Every version of the objects of one resource, as one `kubectl get --watch` tells them: what was short-lived is seen too. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestCluster } from './cluster.ts'
import { kubectls } from './programs.ts'

interface Named {
  metadata: { name?: string }
}

export class History<T extends Named> {
  readonly #child: ChildProcess
  readonly #latest = new Map<string, T>()
  readonly #looks = new Set<() => void>()
  /** In the order in which they happened. */
  readonly events: { type: string; object: T }[] = []
  #text = ''
  #ended = false

  /** Follows a resource in one namespace from what is there on. */
  constructor(cluster: TestCluster, resource: string, namespace = 'default') {
    const args = ['get', resource, '--watch', '--output-watch-events', '-o', 'json']
    this.#child = spawn(
      kubectls()[0]!.path,
      [`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${namespace}`, ...args],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { HOME: cluster.dataDir, PATH: process.env.PATH },
      },
    )
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#receive(chunk))
    this.#child.once('exit', () => {
      this.#ended = true
    })
  }

  /** Resolves with the present version of an object, or the first later one, that `accept` likes. */
  until(name: string, accept: (object: T) => boolean, timeoutMs = 40_000): Promise<T> {
    return this.#await(
      () => {
        const latest = this.#latest.get(name)
        return latest && accept(latest) ? latest : undefined
      },
      () => `${name} is ${JSON.stringify(this.#latest.get(name))}`,
      timeoutMs,
    )
  }

  /** Resolves with the oldest version of any object that `accept` likes. */
  seen(accept: (object: T) => boolean, timeoutMs = 40_000): Promise<T> {
    return this.#await(
      () => this.events.find(({ object }) => accept(object))?.object,
      () => `none of ${this.events.length} versions is like that`,
      timeoutMs,
    )
  }

  /** Resolves when an object is no more. */
  async gone(name: string, timeoutMs = 40_000): Promise<void> {
    await this.#await(
      () => (this.#latest.has(name) ? undefined : name),
      () => `${name} is still there`,
      timeoutMs,
    )
  }

  /** All versions of one object, the last one of a deleted object included. */
  of(name: string): T[] {
    return this.events.map(({ object }) => object).filter(({ metadata }) => metadata.name === name)
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    this.#child.kill()
    await once(this.#child, 'exit')
  }

  #await<R>(find: () => R | undefined, last: () => string, timeoutMs: number): Promise<R> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        this.#looks.delete(look)
        settle()
      }
      const look = () => {
        const found = find()
        if (found !== undefined) end(() => resolve(found))
      }
      const timer = setTimeout(
        () => end(() => reject(new Error(`not seen in ${timeoutMs} ms: ${last()}`))),
        timeoutMs,
      )
      this.#looks.add(look)
      look()
    })
  }

  #receive(chunk: string): void {
    this.#text += chunk
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: T }
      const name = object.metadata.name ?? ''
      this.events.push({ type, object })
      if (type === 'DELETED') this.#latest.delete(name)
      else this.#latest.set(name, object)
      for (const look of [...this.#looks]) look()
    }
  }
}
