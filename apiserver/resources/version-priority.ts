/** Which of two versions of a group clients should prefer: GA before beta before alpha, then the greater number. */

const pattern = /^v(\d+)(?:(alpha|beta)(\d+))?$/
const stages = new Map([
  [undefined, 2],
  ['beta', 1],
  ['alpha', 0],
])

interface Parsed {
  stage: number
  major: number
  minor: number
}

function parse(version: string): Parsed | undefined {
  const found = pattern.exec(version)
  if (!found) return undefined
  const [, major, stage, minor = '0'] = found
  return { stage: stages.get(stage) ?? 0, major: Number(major), minor: Number(minor) }
}

/** For sorting, the preferred first; what is no version of this form comes last, by name. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)]
  if (a && b) return b.stage - a.stage || b.major - a.major || b.minor - a.minor
  if (a || b) return a ? -1 : 1
  return one < other ? -1 : one > other ? 1 : 0
}
