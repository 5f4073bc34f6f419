/**
 * What a pod's annotations say about how its simulated containers behave. Pure.
 *
 * - `tiphys.dev/simulated-start: 2s`: how long each container takes to start.
 * - `tiphys.dev/simulated-exit: 1@30s`: ends with code 1 thirty seconds after its start; `web=1@30s,job=0@5s` by name.
 * - `tiphys.dev/simulated-stop: 5s`: how long it takes to end after SIGTERM; SIGKILL cuts it short (137).
 * - `tiphys.dev/simulated-ready: 10s` or `never`: when its readiness and startup probes begin to pass.
 * - `tiphys.dev/simulated-live: 1m`: when its liveness probe begins to fail.
 */

export const simulationAnnotations = {
  start: 'tiphys.dev/simulated-start',
  exit: 'tiphys.dev/simulated-exit',
  stop: 'tiphys.dev/simulated-stop',
  ready: 'tiphys.dev/simulated-ready',
  live: 'tiphys.dev/simulated-live',
} as const

export interface Simulation {
  /** Milliseconds. */
  startDelay: number
  stopDelay: number
  exit: { code: number; after: number } | undefined
  /** Milliseconds after the start; infinite: never. */
  readyAfter: number
  liveFor: number
}

const unitLengths: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `1m30s`; `undefined` when it is no duration. */
export function duration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (unitLengths[unit] ?? 0)
  return total
}

function exitOf(text: string | undefined, container: string): Simulation['exit'] {
  for (const clause of text?.split(',') ?? []) {
    const match = /^\s*(?:([\w.-]+)=)?(\d{1,3})@(\S+)\s*$/.exec(clause)
    const after = match && duration(match[3] as string)
    if (!match || after === undefined || after === null) continue
    if (match[1] === undefined || match[1] === container) return { code: Number(match[2]), after }
  }
  return undefined
}

/** What cannot be read is as if it were not there. */
export function simulation(
  annotations: Readonly<Record<string, string>>,
  container: string,
): Simulation {
  const text = (name: keyof typeof simulationAnnotations) => {
    const key = simulationAnnotations[name]
    return Object.hasOwn(annotations, key) ? annotations[key] : undefined
  }
  const span = (name: keyof typeof simulationAnnotations) => duration(text(name) ?? '')
  return {
    startDelay: span('start') ?? 0,
    stopDelay: span('stop') ?? 0,
    exit: exitOf(text('exit'), container),
    readyAfter: text('ready') === 'never' ? Number.POSITIVE_INFINITY : (span('ready') ?? 0),
    liveFor: span('live') ?? Number.POSITIVE_INFINITY,
  }
}
