/** What a pod wrote, also one that is gone; up to the moment that is looked at. Only the lines on the screen are drawn. */

import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { LogView } from '../../protocol.ts'
import { clock } from '../time/words.ts'
import { atEnd, windowOf } from '../window.ts'
import { useAnswer } from './answer.ts'
import { useModel } from './context.ts'

const rowHeight = 18
/** A live log is asked for again this often. */
const followMs = 2_000

export function LogsTab() {
  const { state, server, ports } = useModel()
  const container = useSignal('')
  const [namespace, revision] = [state.namespace.value, state.at.value]
  const pod = usePod()
  const tick = useSignal(0)
  useEffect(() => {
    if (revision !== undefined) return
    return ports.later(followMs, () => {
      tick.value += 1
    })
  }, [revision, tick.value])
  const key = `${namespace}/${pod?.uid}/${container.value}@${revision ?? ''}`
  const { value, error } = useAnswer<LogView>(key, tick.value, async (signal) =>
    pod
      ? server.log(
          {
            namespace,
            pod: pod.name,
            uid: pod.uid,
            container: container.value,
            ...(revision && { revision }),
          },
          signal,
        )
      : { lines: [], containers: [] },
  )
  if (!pod) return <p class="dim">There is no pod to read from.</p>
  return (
    <div class="logs">
      <p class="log-choice small">
        <code>{pod.name}</code>
        {(value?.containers.length ?? 0) > 1 && (
          <label>
            <span class="unseen">Container</span>
            <select
              value={container.value || value?.containers[0]}
              onChange={({ currentTarget }) => {
                container.value = currentTarget.value
              }}
            >
              {value?.containers.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="dim">
          {value ? `${value.lines.length} lines` : 'asking ...'}
          {revision !== undefined && ', up to the playhead'}
        </span>
      </p>
      {error && <p class="warn-text">{error}</p>}
      {value?.missing && <p class="warn-text">{value.missing}</p>}
      {value && value.lines.length > 0 && <Lines lines={value.lines} />}
    </div>
  )
}

/** The one that is selected, else the one that is in the worst state. */
function usePod(): { name: string; uid: string } | undefined {
  const { state } = useModel()
  const selection = state.selection.value
  if (selection.kind === 'Pod') return selection
  const revisions = state.progress.value?.revisions ?? []
  const inside =
    selection.kind === 'ReplicaSet'
      ? revisions.filter(({ replicaSet }) => replicaSet === selection.name)
      : revisions
  const pods = inside.flatMap(({ pods: each }) => each)
  return pods.find((pod) => pod.state === 'failing') ?? pods[0]
}

function Lines({ lines }: { lines: LogView['lines'] }) {
  const box = useRef<HTMLDivElement>(null)
  const scrolled = useSignal(0)
  const height = useSignal(200)
  const following = useRef(true)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    height.value = element.clientHeight
    if (following.current) element.scrollTop = element.scrollHeight
  }, [lines])
  const shown = windowOf(lines.length, rowHeight, scrolled.value, height.value)
  return (
    <div
      class="log-box"
      role="log"
      aria-live="off"
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached
      tabIndex={0}
      data-arrows
      ref={box}
      onScroll={({ currentTarget }) => {
        scrolled.value = currentTarget.scrollTop
        height.value = currentTarget.clientHeight
        following.current = atEnd(
          currentTarget.scrollTop,
          currentTarget.clientHeight,
          currentTarget.scrollHeight,
        )
      }}
    >
      <div class="log-all" style={{ height: `${shown.height}px` }}>
        <div class="log-shown" style={{ transform: `translateY(${shown.offset}px)` }}>
          {lines.slice(shown.first, shown.first + shown.count).map(({ at, text }, index) => (
            <div class="log-line" key={shown.first + index}>
              <time class="dim" dateTime={at}>
                {clock(Date.parse(at))}
              </time>{' '}
              {plain(text)}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

/** Without the colours that a terminal would show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
