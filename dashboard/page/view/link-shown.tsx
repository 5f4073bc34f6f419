/** How the line to the server is, and that of the server to its cluster. */

import { clock } from '../time/words.ts'
import { useModel } from './context.ts'

/** After this long without a server, what is shown is called stale. */
const staleMs = 10_000

export function LinkShown() {
  const { text, kind, more, title } = useLink()
  return (
    <div class={`link ${kind}`} role="status" aria-label="Link" aria-live="off" title={title}>
      <span class="dot" aria-hidden="true" />
      <span>{text}</span>
      {more && (
        <span class="dim" aria-hidden="true">
          {more}
        </span>
      )}
    </div>
  )
}

interface Told {
  text: string
  kind: 'live' | 'busy' | 'stale'
  more?: string
  title?: string
}

function useLink(): Told {
  const { state, ports } = useModel()
  const [line, cluster] = [state.line.value, state.cluster.value]
  const recording = state.hello.value?.recording
  switch (line.state) {
    case 'connecting':
      return { text: 'connecting', kind: 'busy' }
    case 'refused':
      return { text: 'turned away', kind: 'stale', title: line.reason }
    case 'reconnecting': {
      const now = state.now.value - state.ahead.value
      const seconds = Math.max(0, Math.ceil((line.retryAt - ports.now()) / 1000))
      const more = `again in ${seconds} s`
      if (now - line.since < staleMs)
        return { text: 'reconnecting', kind: 'busy', more, title: line.reason }
      const since = clock(line.since + state.ahead.value)
      return { text: `stale since ${since}`, kind: 'stale', more, title: line.reason }
    }
    case 'live':
      if (recording !== undefined)
        return { text: `recording ${recording}`, kind: 'live', title: 'A file is shown' }
      if (cluster.state === 'live') return { text: 'live', kind: 'live' }
      return {
        text: `stale since ${clock(Date.parse(cluster.since))}`,
        kind: 'stale',
        title: cluster.reason,
      }
    default:
      return line satisfies never
  }
}
