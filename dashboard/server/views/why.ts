/** Why a pod or a rollout is as it is, in sentences, and who began it. Pure. */

import type { Lineage } from '../../../api/lineage.ts'
import { controllerOf } from '../../../api/owner.ts'
import { isPodReady, isPodTerminating } from '../../../api/pod-status.ts'
import type { Pod } from '../../../api/types.ts'
import { actorText } from '../../../rollouts/actor.ts'
import { chainOf } from '../../../rollouts/chain.ts'
import { explain } from '../../../rollouts/explain.ts'
import { type Entry, historyOf } from '../../../rollouts/history.ts'
import { revisionOf } from '../../../rollouts/revision.ts'
import { span } from '../../../rollouts/span.ts'
import { troubleOf } from '../../../rollouts/troubles/index.ts'
import type { WhyView } from '../../protocol.ts'
import type { Look } from './look.ts'

/**
 * @param pod one of them, also one that is gone; the rollout without it
 * @param lineages what the server keeps, of its end and of its beginning where it is gone; without any the chain is inferred
 */
export function whyView(
  look: Look,
  pod: string | undefined,
  lineages: readonly Lineage[],
): WhyView {
  const found = look.pods.find(({ metadata }) => metadata.name === pod)
  const state = found ? stateOf(found, look) : pod === undefined ? undefined : gone(pod)
  const [lineage] = lineages
  return {
    moment: look.moment,
    ...(state && { state: state.told }),
    because: pod === undefined ? explain(look).because : (state?.because ?? []),
    ...(lineage && { lineage }),
    chain: lineage
      ? lineages.flatMap((each) =>
          chainOf(each, look.now).map(({ text, inferred }) => ({ text, inferred })),
        )
      : inferred(look, found).map((text) => ({ text, inferred: true })),
  }
}

interface State {
  told: NonNullable<WhyView['state']>
  because: WhyView['because']
}

const gone = (pod: string): State => ({
  told: { sentence: `Pod "${pod}" is not there.`, severity: 'info', next: '' },
  because: [],
})

function stateOf(pod: Pod, { events, logs, now }: Look): State {
  const say = (
    sentence: string,
    severity: State['told']['severity'],
    next = '',
    because: WhyView['because'] = [],
  ): State => ({ told: { sentence, severity, next }, because })
  const { name = '', deletionTimestamp, finalizers = [] } = pod.metadata
  const subject = `Pod "${name}"`
  if (isPodTerminating(pod)) {
    const left = Date.parse(deletionTimestamp ?? '') - now
    const clock = left > 0 ? `${span(left)} are left` : `${span(-left)} overdue`
    const held = finalizers.length > 0 ? `; held by ${finalizers.join(', ')}` : ''
    return say(`${subject} is being deleted: ${clock}${held}.`, 'info')
  }
  const { phase, reason, message } = pod.status ?? {}
  if (phase === 'Failed' || phase === 'Succeeded') {
    const why = [reason, message].filter(Boolean).join(': ')
    const severity = phase === 'Failed' ? 'error' : 'info'
    return say(`${subject} has ended (${phase})${why ? `: ${why}` : ''}.`, severity)
  }
  if (isPodReady(pod)) return say(`${subject} runs and is ready.`, 'ok')
  const trouble = troubleOf(pod, { events, logs, now })
  if (!trouble) return say(`${subject} is starting; nothing is wrong so far.`, 'info')
  const joint = /^(init )?container/.test(trouble.sentence) ? ', ' : ' '
  const sentence = `${subject}${joint}${trouble.sentence}.`.replace(/\.\.$/, '.')
  const { field, detail, more = [], hopeless } = trouble
  const object = `pod/${name}`
  return say(sentence, hopeless ? 'error' : 'warning', trouble.next, [
    ...(detail ? [{ object, field, message: detail }] : []),
    ...more.map((each) => ({ object, ...each })),
  ])
}

/** From owner references, events and managed fields. */
function inferred(look: Look, pod: Pod | undefined): string[] {
  const { deployment, replicaSets, events, versions, now } = look
  const ago = (time: string | undefined) => (time ? `, ${span(now - Date.parse(time))} ago` : '')
  const lines: string[] = []
  const entries = historyOf({ deployment, replicaSets, events, versions })
  let entry = entries.find(({ current }) => current)
  if (pod) {
    const owner = controllerOf(pod)
    const made = owner ? ` by ${owner.kind} ${owner.name}` : ''
    lines.push(`Pod ${pod.metadata.name} created${made}${ago(pod.metadata.creationTimestamp)}`)
    const replicaSet = replicaSets.find(({ metadata }) => metadata.uid === owner?.uid)
    if (replicaSet) {
      const { name, creationTimestamp } = replicaSet.metadata
      const wanted = `${replicaSet.spec?.replicas ?? 1} wanted`
      lines.push(
        `ReplicaSet ${name}, revision ${revisionOf(replicaSet)}: ${wanted}${ago(creationTimestamp)}`,
      )
      entry = entries.find((each) => each.replicaSet === name)
    }
  }
  const change = entry ? `: ${entry.cause}` : ''
  lines.push(`Deployment ${deployment.metadata.name}${change}${ago(entry?.began)}`)
  lines.push(authorOf(entry, ago))
  return lines.map((line, at) => (at === 0 ? line : `<- ${line}`))
}

function authorOf(entry: Entry | undefined, ago: (time: string | undefined) => string): string {
  const { by, author } = entry ?? {}
  if (by) return `written by ${actorText(by)}${ago(by.at)}`
  if (!author) return 'who began it is no longer known'
  return `${author.applies ? 'applied' : 'written'} by "${author.manager}"${ago(author.time)}`
}
