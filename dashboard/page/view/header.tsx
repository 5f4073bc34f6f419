/** Who serves, what is looked at and when, how the line is, and how the page looks. */

import { themes } from '../model/state.ts'
import { ago, clock } from '../time/words.ts'
import { useModel } from './context.ts'
import { LinkShown } from './link-shown.tsx'
import { Sign, SignButton } from './sign.tsx'

const helm =
  'M8 5.600a2.400 2.400 0 1 1 0 4.800a2.400 2.400 0 1 1 0-4.800M8 1.200V5.600M8 10.400V14.800M1.200 8H5.600M10.400 8H14.800M3.200 3.200 6.300 6.300M9.700 9.700 12.800 12.800M12.800 3.200 9.700 6.300M6.300 9.700 3.200 12.800'
const themeSigns = {
  system:
    'M8 2.500a5.500 5.500 0 1 1 0 11a5.500 5.500 0 1 1 0-11M8 2.500V13.500M10 3V13M12 4.500V11.500',
  light:
    'M8 5.200a2.800 2.800 0 1 1 0 5.600a2.800 2.800 0 1 1 0-5.600M8 1.500V2.800M8 13.200V14.500M1.500 8H2.800M13.200 8H14.500M3.400 3.400 4.300 4.300M11.700 11.700 12.600 12.600M12.600 3.400 11.700 4.300M4.300 11.700 3.400 12.600',
  dark: 'M12.800 9.600A5.400 5.400 0 1 1 6.400 3.200A4.400 4.400 0 0 0 12.800 9.600z',
}

export function Header() {
  return (
    <header class="header">
      <div class="brand">
        <Sign path={helm} />
        <strong>Tiphys</strong>
      </div>
      <Namespace />
      <MomentShown />
      <LinkShown />
      <Looks />
    </header>
  )
}

function Namespace() {
  const { state, inNamespace } = useModel()
  const current = state.namespace.value
  const names = [...new Set([current, ...(state.hello.value?.namespaces ?? [])])].sort()
  return (
    <label class="namespace">
      <span class="dim">Namespace</span>
      <select
        aria-label="Namespace"
        value={current}
        onChange={({ currentTarget }) => inNamespace(currentTarget.value)}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Unmistakable: live, or when. */
function MomentShown() {
  const { state, travel } = useModel()
  const at = state.at.value
  if (at === undefined) return <div class="moment" />
  const time = state.headTime.value
  return (
    <section class="moment past" aria-label="Moment">
      <span>
        viewing <b>{clock(time)}</b>, {ago(time, state.now.value)}
        <span class="dim wide-only"> (r{at}; this is the past)</span>
      </span>
      <button type="button" onClick={() => travel.live()}>
        Back to {state.present.value} <kbd>L</kbd>
      </button>
    </section>
  )
}

function Looks() {
  const { state } = useModel()
  const theme = state.theme.value
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!
  return (
    <div class="looks">
      <fieldset class="switch">
        <legend class="unseen">Shown as</legend>
        {[false, true].map((tables) => (
          <button
            type="button"
            key={String(tables)}
            aria-pressed={state.tables.value === tables}
            onClick={() => {
              state.tables.value = tables
            }}
          >
            {tables ? 'Tables' : 'Graphic'}
          </button>
        ))}
      </fieldset>
      <SignButton
        path={themeSigns[theme]}
        label={`Colours: ${theme}; change to ${next}`}
        onClick={() => {
          state.theme.value = next
        }}
      />
      <button
        type="button"
        class="sign-button"
        aria-label="Help: keys"
        title="Help: keys (?)"
        onClick={() => {
          state.help.value = true
        }}
      >
        ?
      </button>
    </div>
  )
}
