/** What controllers and nodes told about it: the latest first, else in the order in which it was written. */

import { useSelected } from './answer.ts'
import { useModel } from './context.ts'
import { When, WhenBoth } from './sign.tsx'

/** The latest ones; more would be more than anybody reads. */
const most = 200

export function EventsTab() {
  const { server } = useModel()
  const { value, error } = useSelected((selected, signal) => server.events(selected, signal))
  if (error) return <p class="warn-text">{error}</p>
  if (!value) return <p class="dim">Asking ...</p>
  const shown = value.events.slice(-most).reverse()
  return (
    <div>
      <p class="dim small">
        {value.since ? (
          <>
            Events are kept since <WhenBoth at={value.since} />.
          </>
        ) : (
          'No events are kept.'
        )}
        {value.events.length > most && ` The last ${most} of ${value.events.length}.`}
      </p>
      <ul class="events" aria-label="Events">
        {shown.map(({ at, type, reason, message, count, object }) => (
          <li
            key={`${at} ${object} ${reason} ${message}`}
            class={type === 'Warning' ? 'warning' : ''}
          >
            <span class="event-when dim">
              <When at={at} />
            </span>
            <span>
              <b>
                {type === 'Warning' && <span class="unseen">Warning: </span>}
                {reason}
              </b>{' '}
              <code class="dim">{object}</code>
              {count > 1 && <span class="dim"> {count} times</span>}
              <br />
              {message}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
