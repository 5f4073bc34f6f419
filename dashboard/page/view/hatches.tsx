/** Patterns that tell without their colour what is not available; drawings refer to them by their names. */

export function Hatches() {
  const hatch = (id: string, name: string, d: string) => (
    <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse">
      <path class={name} d={d} />
    </pattern>
  )
  return (
    <svg class="unseen" aria-hidden="true">
      <defs>
        {hatch('hatch-old', 'hatch-old', 'M1.500 0V6M4.500 0V6')}
        {hatch('hatch-new', 'hatch-new', 'M1 1h2v2h-2zM4 4h2v2h-2z')}
        {hatch('hatch-end', 'hatch-end', 'M-1 5 5 -1M1 7 7 1')}
      </defs>
    </svg>
  )
}
