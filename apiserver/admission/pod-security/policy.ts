/** What a namespace asks of its pods, by its labels: a level and a version for each of three ways to insist on it. */

import type { FieldError } from '../../resources/resource.ts'

export type Level = 'privileged' | 'baseline' | 'restricted'
export type Mode = 'enforce' | 'audit' | 'warn'

export interface LevelVersion {
  level: Level
  /** `latest` or `v1.N`. */
  version: string
}

export type Policy = Record<Mode, LevelVersion>

export const levels: readonly Level[] = ['privileged', 'baseline', 'restricted']
const prefix = 'pod-security.kubernetes.io/'
const newest = 36

export const minorOf = ({ version }: LevelVersion): number =>
  version === 'latest' ? newest : Math.min(Number(version.slice(3)), newest)

export const textOf = ({ level, version }: LevelVersion): string => `${level}:${version}`

const strictness = ({ level }: LevelVersion): number => levels.indexOf(level)

type Labels = Readonly<Record<string, string>>

/** Nothing is asked where nothing is said. Who enforces something is warned of as much. */
export function policyOf(labels: Labels = {}): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = []
  const read = (mode: Mode): LevelVersion => {
    const level = labels[prefix + mode]
    const version = labels[`${prefix}${mode}-version`]
    if (level !== undefined && !isLevel(level))
      errors.push(problem(mode, level, `must be one of ${levels.join(', ')}`))
    if (version !== undefined && !isVersion(version))
      errors.push(problem(`${mode}-version`, version, 'must be "latest" or "v1.x"'))
    // A level that nobody knows is enforced as the strictest, and not told of.
    const unreadable = mode === 'enforce' ? 'restricted' : 'privileged'
    const known = level !== undefined && !isLevel(level) ? unreadable : (level ?? 'privileged')
    return {
      level: known as Level,
      version: version !== undefined && isVersion(version) ? version : 'latest',
    }
  }
  const policy = { enforce: read('enforce'), audit: read('audit'), warn: read('warn') }
  const { enforce, warn } = policy
  const silent = labels[`${prefix}warn`] === undefined
  if (silent && isLevel(labels[`${prefix}enforce`]) && strictness(enforce) > strictness(warn))
    policy.warn = enforce
  return { policy, errors }
}

const isLevel = (text: string | undefined): boolean => levels.some((level) => level === text)

const isVersion = (text: string): boolean =>
  text === 'latest' || /^v1\.(0|[1-9]\d{0,5})$/.test(text)

const problem = (label: string, value: string, why: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field: `metadata.labels[${prefix}${label}]`,
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
})

/** Whether pods that were let in under `old` may be refused under `now`. */
export const isStricter = (now: LevelVersion, old: LevelVersion): boolean =>
  strictness(now) > strictness(old) ||
  (now.level !== 'privileged' && now.level === old.level && now.version !== old.version)
