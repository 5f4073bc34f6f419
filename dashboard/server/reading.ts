/** What has been read of a namespace, line by line, and what is drawn of it. */

import type { Clock } from '../../ports/clock.ts'
import type { Line, Moment } from '../../recordings/recording.ts'
import { Timeline } from '../../recordings/timeline.ts'
import { Board, type Known } from './board.ts'
import { Chronicle } from './chronicle.ts'

/** Of memory for the past of one namespace. */
const bytes = 64 * 2 ** 20
const nowhere: Moment = { revision: 0, at: '' }

export class Reading implements Known {
  readonly namespace: string
  readonly timeline = new Timeline({ bytes })
  readonly chronicle = new Chronicle(this.timeline)
  readonly board: Board
  /** All has come that was there when it was begun. */
  complete = false

  constructor(namespace: string, clock: Clock) {
    this.namespace = namespace
    this.board = new Board(this, clock)
  }

  /** Where it begins, and how far it has come. */
  get edge(): Moment {
    return this.timeline.edge ?? nowhere
  }

  get head(): Moment {
    return this.timeline.head ?? nowhere
  }

  /** @returns whether it is complete since */
  take(line: Line): boolean {
    this.timeline.add(line)
    for (const name of this.chronicle.tell(line)) this.board.touch(name)
    if (this.complete || (line.type !== 'MARK' && line.type !== 'END')) return false
    this.complete = true
    return true
  }
}
