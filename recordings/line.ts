/**
 * One line of a recording as text, and back. What is read may come from anybody, so it is looked at closely: a line that
 * is not as `recording.ts` has it is refused with its number, what is wrong, and what to do. Pure.
 */

import type { KubernetesObject } from '../api/object.ts'
import { type Line, recordingFormat } from './recording.ts'
import { isSecret } from './redaction.ts'
import { misshapen } from './shape.ts'

/** What was read is no recording, or none that this version reads. */
export class RecordingError extends Error {
  override name = 'RecordingError'
}

/** Without the line feed. */
export const lineText = (line: Line): string => JSON.stringify(line)

type Fields = Record<string, unknown>

/** @param number from 1; the first line is a header. @throws RecordingError */
export function parseLine(text: string, number: number): Line {
  const say = (wrong: string, next: string): never => {
    throw new RecordingError(`line ${number}: ${wrong}; ${next}`)
  }
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return say('it is not JSON', 'the file is damaged, record it again')
  }
  if (!isFields(line) || typeof line.type !== 'string')
    return say('it is no object with a type', 'the file is damaged, or no recording')
  if (number === 1 && line.type !== 'HEADER')
    return say(
      `a recording begins with a HEADER, this is ${line.type}`,
      'take the file from its beginning',
    )
  if (line.type === 'HEADER') checkFormat(line, say)
  const check = Object.hasOwn(checks, line.type) ? checks[line.type as Line['type']] : undefined
  if (!check)
    return say(
      `lines of type ${line.type} are not part of ${recordingFormat}`,
      'a newer Tiphys wrote it: read it with the version that recorded it, or a later one',
    )
  const wrong = check(line)
  if (wrong) return say(`${line.type} ${wrong}`, 'record it again, or leave the line out')
  return line as unknown as Line
}

function checkFormat({ format }: Fields, say: (wrong: string, next: string) => never): void {
  if (format === recordingFormat) return
  const [, ours = ''] = /(v\d+)$/.exec(recordingFormat) ?? []
  const [, theirs] = /^tiphys\.dev\/recording\/(v\d+)$/.exec(String(format)) ?? []
  if (!theirs) say(`its format is ${String(format)}`, `what is read is ${recordingFormat}`)
  say(
    `it is a recording of format ${theirs}, and this Tiphys reads ${ours}`,
    `a version of Tiphys that knows ${theirs} is needed`,
  )
}

/** What is wrong with the fields of a line; `undefined` when nothing is. */
type Check = (line: Fields) => string | undefined

const checks: Record<Line['type'], Check> = {
  HEADER: (line) =>
    texts(line, 'server', 'namespace') ??
    (isTexts(line.resources) ? undefined : 'has no list of resources') ??
    (isFields(line.edge) ? moment(line.edge) : 'has no edge'),
  KEYFRAME: (line) => moment(line) ?? objects(line.objects),
  PUT: (line) => moment(line) ?? put(line) ?? record(line.by),
  DELETE: (line) => moment(line) ?? object(line.object) ?? record(line.by),
  LOG: (line) =>
    time(line.at) ??
    texts(line, 'container') ??
    (isFields(line.pod) ? texts(line.pod, 'name', 'uid') : 'names no pod') ??
    (isCount(line.restarts) ? undefined : 'does not count restarts') ??
    (isTexts(line.lines) ? undefined : 'has no lines'),
  MARK: (line) => moment(line),
  END: (line) => moment(line),
}

const moment: Check = ({ revision, at }) =>
  isCount(revision) ? time(at) : 'has no revision, which is a whole number'

/** Empty where nobody knows. */
const time = (at: unknown): string | undefined =>
  typeof at === 'string' && (at === '' || !Number.isNaN(Date.parse(at)))
    ? undefined
    : 'has no time `at`, as in 2026-01-02T03:04:05.678Z'

function put({ revision, object: put }: Fields): string | undefined {
  const wrong = object(put)
  if (wrong) return wrong
  const { resourceVersion } = (put as KubernetesObject).metadata
  return Number(resourceVersion) === revision
    ? undefined
    : `is of revision ${revision}, its object of ${resourceVersion}`
}

function objects(list: unknown): string | undefined {
  if (!Array.isArray(list)) return 'has no list of objects'
  for (const each of list) {
    const wrong = object(each)
    if (wrong) return wrong
  }
  return undefined
}

function object(value: unknown): string | undefined {
  if (!isFields(value)) return 'has no object'
  if (texts(value, 'apiVersion', 'kind')) return 'has an object without apiVersion and kind'
  const { metadata } = value
  if (!isFields(metadata)) return 'has an object without metadata'
  const { name, namespace = '', uid = '', resourceVersion, ownerReferences = [] } = metadata
  if (typeof name !== 'string' || name === '') return 'has an object without a name'
  const label = `has an object (${value.kind} ${name})`
  if (typeof namespace !== 'string' || typeof uid !== 'string')
    return `${label} whose namespace or uid is no text`
  if (typeof resourceVersion !== 'string' || !/^\d{1,15}$/.test(resourceVersion))
    return `${label} whose resourceVersion is no number`
  if (!Array.isArray(ownerReferences) || !ownerReferences.every(isFields))
    return `${label} whose ownerReferences are no list of objects`
  if (isSecret(value as KubernetesObject))
    return `${label}, and Secrets are never part of a recording`
  const odd = misshapen(value as KubernetesObject)
  return odd && `${label} that no API server has made: ${odd}`
}

function record(by: unknown): string | undefined {
  if (by === undefined) return undefined
  if (!isFields(by)) return 'says by whom, but not as an object'
  const { userAgent = '', fieldManager = '', subresource = '', impersonatedBy = '' } = by
  return (
    texts(by, 'at', 'verb', 'user') ??
    texts({ userAgent, fieldManager, subresource }, 'userAgent', 'fieldManager', 'subresource') ??
    texts({ impersonatedBy }, 'impersonatedBy')
  )
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

function texts(fields: Fields, ...names: string[]): string | undefined {
  const missing = names.find((name) => typeof fields[name] !== 'string')
  return missing === undefined ? undefined : `has no text \`${missing}\``
}
