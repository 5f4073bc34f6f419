/** What a change of template was about, in a few words: `image web 1.2 -> 1.3`. Pure. */

import type { PodTemplateSpec } from '../api/types.ts'
import { type Difference, differences } from './difference.ts'
import { templateHashLabel } from './template.ts'

/** Causes that are named; of more only the number. */
const named = 3

export const restartAnnotation = 'kubectl.kubernetes.io/restartedAt'

/** From one template to the next, without the label that only names it. */
export function changesOf(
  before: PodTemplateSpec | undefined,
  after: PodTemplateSpec | undefined,
): Difference[] {
  return differences(withMaps(before), withMaps(after)).filter(
    ({ path }) => path !== `metadata.labels.${templateHashLabel}`,
  )
}

/** So that the first label or annotation is told like any other. */
const withMaps = (template: PodTemplateSpec | undefined): PodTemplateSpec => ({
  ...template,
  metadata: { ...template?.metadata, ...mapsOf(template) },
})

const mapsOf = (template: PodTemplateSpec | undefined) => ({
  labels: template?.metadata?.labels ?? {},
  annotations: template?.metadata?.annotations ?? {},
})

/** `undefined` when nothing has changed. */
export function causeOf(
  before: PodTemplateSpec | undefined,
  after: PodTemplateSpec | undefined,
): string | undefined {
  const words = [...new Set(changesOf(before, after).map(wordsOf))]
  if (words.length === 0) return undefined
  // The image tells most.
  words.sort((a, b) => Number(b.startsWith('image ')) - Number(a.startsWith('image ')))
  const more = words.length > named ? `, ${words.length - named} more` : ''
  return words.slice(0, named).join(', ') + more
}

function wordsOf({ path, before, after }: Difference): string {
  if (path === `metadata.annotations["${restartAnnotation}"]`) return 'restarted'
  const [, init, container, field = ''] =
    /^spec\.(initC|c)ontainers\[([^\]]+)\]\.?(.*)$/.exec(path) ?? []
  if (!container) return verbed(path.replace(/^(metadata|spec)\./, ''), before, after)
  const label = `${init === 'initC' ? 'init container' : 'container'} ${container}`
  if (field === '') return verbed(label, before, after)
  if (field === 'image') return `image ${imageChange(String(before ?? ''), String(after ?? ''))}`
  const variable = /^env(?:\[([^\]]+)\])?/.exec(field)
  if (variable) return `env ${variable[1] ?? 'variables'} of ${container}`
  return `${field.replace(/[.[].*$/, '')} of ${container}`
}

const verbed = (what: string, before: unknown, after: unknown): string =>
  before === undefined ? `${what} added` : after === undefined ? `${what} removed` : what

/** `web 1.2 -> 1.3` of the same repository, otherwise both in full. */
function imageChange(before: string, after: string): string {
  const [old, now] = [split(before), split(after)]
  if (old.repository !== now.repository) return `${before || 'none'} -> ${after || 'none'}`
  const name = now.repository.replace(/^.*\//, '')
  return `${name} ${old.version} -> ${now.version}`
}

/** A digest is cut to its first twelve digits. */
function split(image: string): { repository: string; version: string } {
  const [name = '', digest] = image.split('@')
  const [, repository = name, tag = 'latest'] = /^(.*?)(?::([\w.-]+))?$/.exec(name) ?? []
  const version = digest ? digest.replace(/^(\w+:)?(\w{12}).*$/, '$2') : tag
  return { repository, version }
}

/** The images of a template: `web:1.3, proxy:2`. */
export const imagesOf = (template: PodTemplateSpec | undefined): string[] =>
  (template?.spec?.containers ?? []).map(({ image = '' }) => image)
