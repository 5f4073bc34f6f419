/**
 * What a benchmark finds out: a number beside the limit that was measured in the same run. It judges nothing but
 * whether a stated target is met; machines differ, so numbers without their limit say little.
 */

export interface Quantity {
  value: number
  /** `req/s`, `ms`, `MB` ... */
  unit: string
}

export type Target = { atLeast: number } | { atMost: number }

export interface Figure {
  /** `create a pod over HTTPS, on etcd`. */
  what: string
  measured: Quantity
  /** The limit, measured in the same run, in the same unit. */
  against?: { what: string; value: number }
  /** For `measured / against` where there is a limit, else for the number itself. */
  target?: Target
  /** What a reader must know to understand the number. */
  notes?: string[]
}

/** An entry of the table: a folder's file, run by its name. */
export interface Benchmark {
  name: string
  /** The target in words. */
  target: string
  /** Why it cannot run here; `undefined`: it can. */
  obstacle?(): string | undefined
  run(lab: import('./lab/lab.ts').Lab): Promise<Figure[]>
}

/** What the target is about. */
export const score = ({ measured, against }: Figure): number =>
  against ? measured.value / against.value : measured.value

/** `undefined` where there is no target. */
export function met(figure: Figure): boolean | undefined {
  const { target } = figure
  if (!target) return undefined
  return 'atLeast' in target ? score(figure) >= target.atLeast : score(figure) <= target.atMost
}

/** Three significant digits, thousands in full: `0.123`, `4.56`, `12,345`. */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

function targetText({ target, against, measured }: Figure): string {
  if (!target) return ''
  const unit = against ? 'x' : ` ${measured.unit}`
  return 'atLeast' in target ? `>= ${target.atLeast}${unit}` : `<= ${target.atMost}${unit}`
}

const verdict = (figure: Figure) => ({ true: 'yes', false: 'NO', undefined: '' })[`${met(figure)}`]

const header = ['what', 'measured', 'against', 'ratio', 'target', 'met']

/** One line a figure, columns aligned, its notes below it. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, measured, against } = figure
    const limit = against ? `${digits(against.value)} ${against.what}` : ''
    const ratio = against ? `${score(figure).toFixed(2)}x` : ''
    const value = `${digits(measured.value)} ${measured.unit}`
    return [what, value, limit, ratio, targetText(figure), verdict(figure) ?? '']
  })
  const widths = header.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]!.length)),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd()
  const lines = rows.flatMap((row, at) => [
    line(row),
    ...(figures[at]!.notes ?? []).map((note) => `    ${note}`),
  ])
  return [line(header), ...lines].join('\n')
}
