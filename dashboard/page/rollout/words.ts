/** What states are called and how they are drawn: a word and a sign each, so that no colour is needed to tell them apart. */

import type { ListRow, MarkKind, RolloutView } from '../../protocol.ts'

type Progress = RolloutView['progress']
export type Revision = Progress['revisions'][number]
export type PodView = Revision['pods'][number]
export type PodState = PodView['state']
export type Outcome = ListRow['outcome']
export type Severity = ListRow['severity']

/** In the order in which they are told. */
export const podStates: readonly PodState[] = [
  'failing',
  'waiting',
  'starting',
  'ready',
  'available',
  'terminating',
  'ended',
]

/** Paths in a square of 16. */
export const podSigns: Readonly<Record<PodState, string>> = {
  available: 'M3.2 8.4 6.6 11.8 12.8 4.6',
  ready: 'M8 2.8a5.2 5.2 0 1 1 0 10.4a5.2 5.2 0 1 1 0-10.4M8 5.2V8.2L10.2 9.6',
  starting: 'M4 8h.01M8 8h.01M12 8h.01',
  waiting:
    'M4.4 2.8h7.2M4.4 13.2h7.2M5.2 2.8c0 3.6 5.6 6.800 5.6 10.4M10.8 2.800c0 3.6-5.6 6.8-5.6 10.4',
  failing: 'M4 4 12 12M12 4 4 12',
  terminating: 'M8 3V12.400M4.200 8.600 8 12.400 11.800 8.600',
  ended: 'M4.500 4.500h7v7h-7z',
}

export const outcomeSigns: Readonly<Record<Outcome, string>> = {
  complete: podSigns.available,
  'under way': 'M3 8h9.400M8.600 4.200 12.400 8 8.600 11.800',
  failed: podSigns.failing,
  paused: 'M5.600 3.600V12.400M10.400 3.600V12.400',
}

/** How it is drawn: a rollout that only a change can help looks like one that has failed. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'calm'

export function toneOf(outcome: Outcome, severity: Severity): Tone {
  if (outcome === 'failed' || severity === 'error') return 'bad'
  if (severity === 'warning') return 'warn'
  if (outcome === 'paused') return 'calm'
  return outcome === 'complete' ? 'good' : 'busy'
}

/** The word that stands beside the sign: `stuck` is what no waiting helps though no deadline has passed yet. */
export function outcomeWord(outcome: Outcome, severity: Severity): string {
  return outcome === 'under way' && severity === 'error' ? 'stuck' : outcome
}

/** The same, as a sign. */
export const signOf = (outcome: Outcome, severity: Severity): string =>
  outcomeSigns[outcome === 'under way' && severity === 'error' ? 'failed' : outcome]

/** `web-7d9f-x failing: image ...`: what a tile is called. */
export const podName = ({ name, state, note }: PodView): string =>
  note ? `${name} ${state}: ${note}` : `${name} ${state}`

/** What the name of a pod has beyond that of its ReplicaSet: `x2x9k`. */
export const podSuffix = (pod: string, replicaSet: string): string =>
  pod.startsWith(`${replicaSet}-`) ? pod.slice(replicaSet.length + 1) : pod

export const markSigns: Readonly<Record<MarkKind, string>> = {
  template: 'M8 2.500 13.500 8 8 13.500 2.500 8z',
  scale: 'M3.500 6.500 8 2.500 12.500 6.500M3.500 9.500 8 13.500 12.500 9.500',
  condition: 'M8 3.500a4.500 4.500 0 1 1 0 9a4.500 4.500 0 1 1 0-9',
  warning: 'M8 2.800 14 13.200H2zM8 6.600V9.600',
  restart: 'M12.600 8A4.600 4.600 0 1 1 10.800 4.400M12.800 2.600V5.600H9.800',
  pod: 'M8 6V10',
  complete: podSigns.available,
  failed: podSigns.failing,
}

/** Of several at one place the first in this order is drawn. */
export const markOrder: readonly MarkKind[] = [
  'failed',
  'complete',
  'template',
  'warning',
  'restart',
  'scale',
  'condition',
  'pod',
]

/** `Undo to 7d9f (web 1.2)`: the button names what it does. */
export function undoLabel(hash: string, images: readonly string[]): string {
  const named = images.map(shortImage).join(', ')
  return `Undo to ${shortHash(hash)}${named ? ` (${named})` : ''}`
}

/** `web 1.2` of `registry.example:5000/shop/web:1.2`; of a digest its beginning. */
export function shortImage(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  const [plain = '', digest] = name.split('@')
  const [repository = '', tag] = plain.split(':')
  const version = tag ?? digest?.replace(/^sha256:/, '').slice(0, 8)
  return version ? `${repository} ${version}` : repository
}

/** Hashes are long; what is before the fifth character tells them apart. */
export const shortHash = (hash: string): string => hash.slice(0, 5)
