/**
 * The screen of a rollout as lines, for any size: verdict, gauge, and a tree of revisions, newest first. What is healthy is
 * folded first, then what is old; what is wrong stays as long as there is a line for it. Pure.
 */

import { evidenceLimit } from '../../rollouts/explanation.ts'
import type { PodState, PodView, Progress, RevisionView } from '../../rollouts/progress.ts'
import { counted } from '../../rollouts/span.ts'
import { gaugeLines } from './gauge.ts'
import { fit, type Line, line, piece, type Tone, wrap } from './line.ts'

export interface View {
  progress: Progress
  /** How long it is watched: `1 min 5 s`; of one that is only looked at, nothing. */
  watched?: string
  /** Why what is shown may be old. */
  link: string | undefined
}

export interface Size {
  width: number
  height: number
}

/** Never more lines than the screen has, none wider than it. */
export function layout(view: View, { width, height }: Size): Line[] {
  const { progress } = view
  const top = [title(view), ...verdict(progress, width)]
  const gauge = ['', ...gaugeLines(progress.gauge, width), ''].map((each) =>
    typeof each === 'string' ? line(each) : each,
  )
  const reasons = evidence(progress, width)
  const trees = (limit: number) => tree(progress.revisions, limit)
  // The verdict is never cut as long as it fits by itself.
  const head = top.length + gauge.length <= height ? [...top, ...gauge] : top
  const left = height - head.length
  const least = trees(left)
  // Reasons stand where the tree leaves room for them.
  const shown = reasons.slice(0, Math.max(0, left - least.length - 1))
  const below = shown.length > 0 ? [line(''), ...shown] : []
  return [...head, ...least, ...below].slice(0, height).map((each) => fit(each, width))
}

const outcomeTone: Readonly<Record<Progress['explanation']['severity'], Tone>> = {
  ok: 'good',
  info: 'plain',
  warning: 'warning',
  error: 'bad',
}

function title({ progress, watched, link }: View): Line {
  const { namespace, name, revisions, outcome } = progress
  const newest = revisions.find((revision) => revision.newest)
  const to = newest ? `  to ${newest.hash} ${newest.images.join(', ')}` : ''
  const state = link ?? (watched ? `${outcome}, ${watched}` : outcome)
  return [
    piece(`${namespace}/${name}`, 'strong'),
    piece(`  ${state}`, link ? 'warning' : 'faint'),
    piece(to),
  ]
}

/** A sentence and what to do: whole, on as many lines as it takes. */
function verdict({ explanation }: Progress, width: number): Line[] {
  const { severity } = explanation
  const sentence = wrap(explanation.verdict, width).map((text) => line(text, outcomeTone[severity]))
  if (severity === 'ok') return sentence
  return [...sentence, ...wrap(`-> ${explanation.next}`, width, '   ').map((text) => line(text))]
}

function evidence({ explanation }: Progress, width: number): Line[] {
  return explanation.because
    .slice(0, evidenceLimit)
    .flatMap(({ object, field, message }) =>
      message.split('\n').length > 1
        ? [
            line(`${object} ${field}`, 'faint'),
            ...message.split('\n').map((text) => line(`  ${text}`)),
          ]
        : wrap(`${object} ${field}: ${message}`, width, '  ').map((text) => line(text, 'faint')),
    )
}

/** Pods that have nothing to tell are folded first. */
const quiet: ReadonlySet<PodState> = new Set(['available', 'ended'])

/** The tree in at most so many lines, by folding it further and further. */
export function tree(revisions: readonly RevisionView[], limit: number): Line[] {
  const alive = revisions.filter(({ newest, pods, wanted }) => newest || pods.length > 0 || wanted)
  const empty = revisions.length - alive.length
  const rest = empty > 0 ? [line(`${counted(empty, 'older revision')} without pods`, 'faint')] : []
  const build = (draw: (revision: RevisionView) => Line[], shown = alive) => [
    ...shown.flatMap(draw),
    ...rest,
  ]
  const newest = alive.filter((revision) => revision.newest)
  const steps = [
    () => build((each) => branch(each, each.pods)),
    () => build((each) => folded(each)),
    () => build((each) => (each.newest ? folded(each) : [heading(each)])),
    () => [...newest.flatMap(folded), ...oldInOne(revisions)],
    () => [...newest.flatMap((each) => shortened(each, limit - 1)), ...oldInOne(revisions)],
  ]
  for (const step of steps) {
    const lines = step()
    if (lines.length <= limit) return lines
  }
  return steps.at(-1)?.().slice(0, Math.max(0, limit)) ?? []
}

const branch = (revision: RevisionView, pods: readonly PodView[]): Line[] => [
  heading(revision),
  ...pods.map(leaf),
]

function folded(revision: RevisionView): Line[] {
  const loud = revision.pods.filter(({ state }) => !quiet.has(state))
  const hidden = revision.pods.length - loud.length
  return [
    ...branch(revision, loud),
    ...(hidden > 0 ? [line(`  + ${counted(hidden, 'pod')} like they should be`, 'faint')] : []),
  ]
}

/** The gravest pods, and how many there are beside them. */
function shortened(revision: RevisionView, limit: number): Line[] {
  const order: PodState[] = ['failing', 'waiting', 'starting', 'ready', 'terminating', 'ended']
  const loud = revision.pods
    .filter(({ state }) => state !== 'available')
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const room = Math.max(0, limit - 2)
  const shown = loud.slice(0, room)
  const hidden = revision.pods.length - shown.length
  return [
    ...branch(revision, shown),
    ...(hidden > 0 ? [line(`  ... ${counted(hidden, 'more pod')}`, 'faint')] : []),
  ]
}

function oldInOne(revisions: readonly RevisionView[]): Line[] {
  const old = revisions.filter(({ newest }) => !newest)
  if (old.length === 0) return []
  const pods = old.reduce((sum, revision) => sum + revision.pods.length, 0)
  return [line(`${counted(old.length, 'older revision')}, ${counted(pods, 'pod')}`, 'faint')]
}

function heading({ hash, images, revision, newest, wanted, available }: RevisionView): Line {
  return [
    piece(hash, newest ? 'strong' : 'plain'),
    piece(`  ${images.join(', ')}  `),
    piece(`revision ${revision}${newest ? ', new' : ''}`, 'faint'),
    piece(`  ${available}/${wanted} available`, available >= wanted ? 'good' : 'warning'),
  ]
}

const signs: Readonly<Record<PodState, [sign: string, tone: Tone]>> = {
  available: ['+', 'good'],
  ready: ['o', 'good'],
  starting: ['~', 'warning'],
  waiting: ['~', 'warning'],
  failing: ['!', 'bad'],
  terminating: ['x', 'faint'],
  ended: ['.', 'faint'],
}

/** State never by its colour alone: a sign and a word as well. */
function leaf({ name, state, note }: PodView): Line {
  const [sign, tone] = signs[state]
  return [piece(`  ${sign} ${name}  `), piece(state, tone), piece(note ? `  ${note}` : '', 'faint')]
}
