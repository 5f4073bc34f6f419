/** The recordings of `recordings/golden`, made by `make-goldens.ts`. */

import { join } from 'node:path'
import { readFile } from '../file.ts'
import type { Line } from '../recording.ts'
import { Timeline, type TimelineLimits } from '../timeline.ts'

export const goldenPath = (name: string): string =>
  join(import.meta.dirname, '..', 'golden', `${name}.jsonl.gz`)

export async function goldenLines(name: string): Promise<Line[]> {
  const lines: Line[] = []
  for await (const line of readFile(goldenPath(name))) lines.push(line)
  return lines
}

export function timelineOf(lines: Iterable<Line>, limits?: Partial<TimelineLimits>): Timeline {
  const timeline = new Timeline(limits)
  for (const line of lines) timeline.add(line)
  return timeline
}
