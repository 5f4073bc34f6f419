/** Playing, stepping, marking, and how much of the past is shown. */

import { ranges } from '../model/state.ts'
import { speeds } from '../time/playback.ts'
import { useModel } from './context.ts'
import { SignButton } from './sign.tsx'

const signs = {
  notableBack: 'M4 3.500V12.500M12.500 3.500 6.500 8 12.500 12.500z',
  back: 'M10.500 3.500 5.500 8 10.500 12.500',
  play: 'M5 3 12.500 8 5 13z',
  pause: 'M5.500 3.500V12.500M10.500 3.500V12.500',
  on: 'M5.500 3.500 10.500 8 5.500 12.500',
  notableOn: 'M12 3.500V12.500M3.500 3.500 9.500 8 3.500 12.500z',
  mark: 'M5 2V14M5 2.500H12L10 5.500 12 8.500H5',
  save: 'M8 2.500V10M4.800 7 8 10.200 11.200 7M3 13.500H13',
}

export function Controls() {
  const { state, travel, saveRecording } = useModel()
  const playing = state.playing.value
  return (
    <div class="controls">
      {/* biome-ignore lint/a11y/useSemanticElements: buttons, no fields */}
      <div class="transport" role="group" aria-label="Playback">
        <SignButton
          path={signs.notableBack}
          label="Previous notable (Shift+←)"
          onClick={() => travel.step(-1, true)}
        />
        <SignButton
          path={signs.back}
          label="One revision back (←)"
          onClick={() => travel.step(-1, false)}
        />
        <SignButton
          path={playing ? signs.pause : signs.play}
          label={playing ? 'Pause playing (Space)' : 'Play (Space)'}
          pressed={playing}
          onClick={() => travel.play()}
        />
        <SignButton
          path={signs.on}
          label="One revision on (→)"
          onClick={() => travel.step(1, false)}
        />
        <SignButton
          path={signs.notableOn}
          label="Next notable (Shift+→)"
          onClick={() => travel.step(1, true)}
        />
      </div>
      <label>
        <span class="unseen">Speed</span>
        <select
          value={state.speed.value}
          onChange={({ currentTarget }) => {
            state.speed.value = Number(currentTarget.value)
          }}
        >
          {speeds.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <SignButton path={signs.mark} label="Mark this moment (m)" onClick={() => travel.mark()} />
      <button
        type="button"
        class="live-button"
        aria-pressed={!state.isPast.value}
        title={state.isPast.value ? 'Follow what happens (L)' : 'Hold still'}
        onClick={() => (state.isPast.value ? travel.live() : travel.hold())}
      >
        <span class="dot" aria-hidden="true" />
        {state.present.value === 'live' ? 'Live' : 'End'}
      </button>
      <label>
        <span class="unseen">Shown</span>
        <select
          value={state.range.value}
          onChange={({ currentTarget }) => {
            state.range.value = Number(currentTarget.value)
          }}
        >
          {ranges.map(({ word, ms }) => (
            <option key={word} value={ms}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <SignButton
        path={signs.save}
        label="Save the recording"
        onClick={() => void saveRecording()}
      />
    </div>
  )
}
