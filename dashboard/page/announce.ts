/**
 * What is said to those who do not see the page: a summary, politely and at most every few seconds, and a verdict that ends
 * a rollout, at once.
 */

import type { RolloutView } from '../protocol.ts'
import type { Ports } from './ports.ts'

/** Between two polite sentences. */
export const quietMs = 5_000

export interface Speaker {
  polite: (text: string) => void
  assertive: (text: string) => void
}

export class Announcer {
  readonly #ports: Ports
  readonly #speaker: Speaker
  #last: { name: string; verdict: string; text: string } | undefined
  #next: string | undefined
  #saidAt = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(ports: Ports, speaker: Speaker) {
    this.#ports = ports
    this.#speaker = speaker
  }

  /** Of what is live; nothing of it is said twice. */
  told({ progress }: RolloutView): void {
    const name = `${progress.namespace}/${progress.name}`
    const verdict = terminalVerdict(progress)
    const text = summary(progress)
    const last = this.#last?.name === name ? this.#last : undefined
    this.#last = { name, verdict, text }
    // What was so when one came is no news.
    if (last && verdict && verdict !== last.verdict) this.#interrupt(verdict)
    else if (last && text !== last.text) this.#say(text)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** What was to be said politely is overtaken. */
  #interrupt(verdict: string): void {
    this.stop()
    this.#next = undefined
    this.#speaker.polite('')
    this.#speaker.assertive(verdict)
  }

  #say(text: string): void {
    this.#next = text
    if (this.#cancel) return
    const wait = this.#saidAt + quietMs - this.#ports.now()
    if (wait <= 0) this.#flush()
    else this.#cancel = this.#ports.later(wait, () => this.#flush())
  }

  #flush(): void {
    this.#cancel = undefined
    if (this.#next === undefined) return
    this.#saidAt = this.#ports.now()
    this.#speaker.polite(this.#next)
    this.#next = undefined
  }
}

type Progress = RolloutView['progress']

/** Empty while it may still go either way. */
export function terminalVerdict({ name, outcome, explanation }: Progress): string {
  if (outcome === 'complete') return `${name}: the rollout is complete.`
  if (outcome === 'failed' || explanation.hopeless) return `${name}: ${explanation.verdict}`
  return ''
}

/** `web: 3 of 5 updated, 4 available, 1 failing`. */
export function summary({ name, gauge, revisions }: Progress): string {
  const newest = revisions.find((revision) => revision.newest)
  const updated = newest?.pods.filter(({ state }) => state !== 'terminating').length ?? 0
  const count = (wanted: string) =>
    revisions.flatMap(({ pods }) => pods).filter(({ state }) => state === wanted).length
  const available = gauge.oldAvailable + gauge.newAvailable
  const parts = [`${updated} of ${gauge.desired} updated`, `${available} available`]
  for (const state of ['failing', 'waiting'])
    if (count(state) > 0) parts.push(`${count(state)} ${state}`)
  return `${name}: ${parts.join(', ')}`
}
