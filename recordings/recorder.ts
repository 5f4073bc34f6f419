/**
 * Makes a recording that can be entered anywhere: it passes lines on, without what must not be kept, and puts a keyframe
 * in front of a change whenever there were many since the last. Pure.
 */

import type { KubernetesObject } from '../api/object.ts'
import { placeKey, placeOf, revisionIn } from './place.ts'
import type { Deletion, Keyframe, Line, Moment, Put } from './recording.ts'
import { Redaction } from './redaction.ts'

export interface RecorderOptions {
  /** Changes from one keyframe to the next, where that has fewer objects; 500 unless told. */
  every?: number
  redaction?: Redaction
}

export class Recorder {
  readonly #every: number
  readonly #redaction: Redaction
  /** What is there: bounded by what the cluster holds. */
  readonly #objects = new Map<string, { revision: number; object: KubernetesObject }>()
  /** Of the last keyframe; without one there is nothing to complete. */
  #keyframe: number | undefined
  #changes = 0
  #head: Moment = { revision: 0, at: '' }

  constructor({ every = 500, redaction = new Redaction() }: RecorderOptions = {}) {
    this.#every = every
    this.#redaction = redaction
  }

  /** What is to be written for a line that came: none where it may not be kept, two where a keyframe goes before it. */
  lines(line: Line): Line[] {
    const told = this.#redaction.line(line)
    if (!told) return []
    switch (told.type) {
      case 'KEYFRAME':
        this.#restart(told)
        return [told]
      case 'PUT':
      case 'DELETE': {
        const before = this.#due(told) ? [this.#snapshot()] : []
        const late = this.#keyframe !== undefined && told.revision <= this.#keyframe
        const isNew = this.#apply(told)
        // The keyframe did not know of it, the next one does.
        return late && isNew ? [told, this.#snapshot()] : [...before, told]
      }
      case 'MARK':
      case 'END':
        this.#reach(told)
        return [told]
      case 'HEADER':
      case 'LOG':
        return [told]
      default:
        return told satisfies never
    }
  }

  #due({ revision }: Moment): boolean {
    if (this.#keyframe === undefined || revision <= this.#head.revision) return false
    // Never more of keyframes than of changes, however much there is.
    return this.#changes >= Math.max(this.#every, this.#objects.size)
  }

  #snapshot(): Keyframe {
    this.#keyframe = this.#head.revision
    this.#changes = 0
    const objects = [...this.#objects.values()].map(({ object }) => object)
    return { type: 'KEYFRAME', ...this.#head, objects }
  }

  #restart(keyframe: Keyframe): void {
    this.#objects.clear()
    for (const object of keyframe.objects)
      this.#objects.set(placeKey(placeOf(object)), { revision: revisionIn(object), object })
    this.#keyframe = keyframe.revision
    this.#changes = 0
    this.#head = { revision: keyframe.revision, at: keyframe.at }
  }

  /** False: something newer is known of the object. */
  #apply({ type, revision, at, object }: Put | Deletion): boolean {
    this.#changes++
    this.#reach({ revision, at })
    const key = placeKey(placeOf(object))
    const known = this.#objects.get(key)
    if (known && known.revision > revision) return false
    if (type === 'PUT') this.#objects.set(key, { revision, object })
    else this.#objects.delete(key)
    return true
  }

  #reach({ revision, at }: Moment): void {
    if (revision >= this.#head.revision) this.#head = { revision, at }
  }
}

/** The part of a recording that is needed from a revision on: the header, and all from the last keyframe before it. */
export function since(lines: readonly Line[], revision: number): Line[] {
  const start = lines.findLastIndex((line) => line.type === 'KEYFRAME' && line.revision <= revision)
  return start < 0 ? [...lines] : [...lines.slice(0, 1), ...lines.slice(start)]
}
