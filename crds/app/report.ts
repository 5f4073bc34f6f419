/** What an app's status and events say of a run: the memory, where it answers, and how its revisions fare. */

import type { Deployment, EventText, StatusWriter } from '../../controllers/framework/index.ts'
import type { App, Entry } from './kind.ts'
import { lastFailure, type Memory, runningEntry } from './memory.ts'
import { type Release, short } from './release.ts'
import type { Resolution } from './resolution.ts'
import { progressOf } from './verdict.ts'

export interface Findings {
  app: App
  /** As the run found it. */
  memory: Memory
  /** As it leaves it. */
  next: Memory
  resolution: Resolution
  /** What the spec asks for. */
  release: Release | undefined
  deployment: Deployment | undefined
  url: string | undefined
}

/** Says all of the status; answers what is worth an event. */
export function report(findings: Findings, status: StatusWriter<App>): EventText[] {
  const { deployment, next, url } = findings
  const { replicas = 0, readyReplicas = 0 } = deployment?.status ?? {}
  status({
    url,
    revision: next.revision,
    replicas,
    ready: readyReplicas,
    image: imageOf(findings),
    lastGood: next.lastGood,
    history: [...next.history],
  })
  sayResolved(findings, status)
  sayReady(findings, status)
  sayProgress(findings, status)
  sayRolledBack(findings, status)
  return newsOf(findings)
}

const imageOf = ({ app, next, resolution }: Findings) => ({
  ...(resolution.digest ? { reference: app.spec.image, resolved: resolution.digest } : {}),
  digest: runningEntry(next)?.digest,
  lastGood: next.lastGood?.digest,
})

function sayResolved({ app, resolution }: Findings, status: StatusWriter<App>): void {
  const { problem, digest = '' } = resolution
  if (!problem)
    status.condition('ImageResolved', true, 'Resolved', `${app.spec.image} is ${digest}`)
  else status.condition('ImageResolved', false, problem.reason, problem.message)
}

function sayReady({ deployment, next, url }: Findings, status: StatusWriter<App>): void {
  const { replicas = 0, readyReplicas = 0, conditions = [] } = deployment?.status ?? {}
  const available = conditions.some(
    ({ type, status: holds }) => type === 'Available' && holds === 'True',
  )
  const count = `${readyReplicas} of ${replicas} pods answer`
  if (!deployment) status.condition('Ready', false, 'NothingRuns', 'there is no image to run yet')
  else if (!url) status.condition('Ready', false, 'NoNode', 'no node has an address')
  else if (available && readyReplicas > 0)
    status.condition('Ready', true, 'Answers', `${count}, of revision ${next.revision}`)
  else status.condition('Ready', false, 'TooFewPods', count)
}

function sayProgress({ deployment, next }: Findings, status: StatusWriter<App>): void {
  const entry = runningEntry(next)
  const why = deployment && progressOf(deployment)?.message
  if (!entry) {
    status.condition('Progressing', false, 'ImageUnknown', 'no revision was begun yet')
    return
  }
  const name = nameOf(entry)
  switch (entry.outcome) {
    case 'RollingOut':
    case 'Superseded':
      status.condition('Progressing', true, 'RollingOut', why ? `${name}: ${why}` : name)
      break
    case 'Good':
      status.condition('Progressing', true, 'RolledOut', name)
      break
    case 'Failed':
      status.condition('Progressing', false, 'Failed', `${name}: ${entry.message ?? ''}`)
      break
    default:
      entry.outcome satisfies never
  }
}

/** The failed revision that the spec still asks for, while another one runs. */
function givenUp({ next, release }: Pick<Findings, 'next' | 'release'>): Entry | undefined {
  const failure = lastFailure(next)
  if (!failure || next.revision === failure.revision) return undefined
  return release && release.release !== failure.release ? undefined : failure
}

function sayRolledBack(findings: Findings, status: StatusWriter<App>): void {
  const failure = givenUp(findings)
  if (failure) status.condition('RolledBack', true, 'RevisionFailed', backText(failure, findings))
  else status.condition('RolledBack', false, 'NoFailure')
}

const nameOf = ({ revision, digest }: Entry) => `revision ${revision} (${short(digest)})`

const backText = (failure: Entry, { next }: Findings) =>
  `${nameOf(failure)} failed, revision ${next.revision} runs again: ${failure.message ?? ''}`

function newsOf(findings: Findings): EventText[] {
  const { memory, next } = findings
  const entry = runningEntry(next)
  if (!entry) return []
  const failure = givenUp(findings)
  if (next.revision !== memory.revision)
    return [
      failure
        ? { type: 'Warning', reason: 'RolledBack', message: backText(failure, findings) }
        : { type: 'Normal', reason: 'RollingOut', message: nameOf(entry) },
    ]
  if (entry.outcome === runningEntry(memory)?.outcome) return []
  const good = entry.outcome === 'Good'
  const message = good ? nameOf(entry) : `${nameOf(entry)}: ${entry.message ?? ''}`
  return [{ type: good ? 'Normal' : 'Warning', reason: good ? 'RolledOut' : 'Failed', message }]
}
