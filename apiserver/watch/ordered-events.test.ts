import assert from 'node:assert/strict'
import { Observable, Subject } from 'rxjs'
import { OrderedEvents, TooManyWaitingError } from './ordered-events.ts'

interface Turn {
  events: number[]
  finish(error?: Error): void
}

/** Events of which the even ones take time, and what came out. */
function stream() {
  const source = new Subject<number>()
  const turns: Turn[] = []
  const told: (number | string)[] = []
  let ordered: OrderedEvents<number> | undefined
  const turn = (events: number[]): number[] | Promise<number[]> => {
    if (events.every((event) => event % 2 === 1)) return events
    return new Promise((resolve, reject) => {
      turns.push({ events, finish: (error) => (error ? reject(error) : resolve(events)) })
    })
  }
  new Observable<number>((subscriber) => {
    ordered = new OrderedEvents(subscriber, turn)
    return source.subscribe(ordered)
  }).subscribe({
    next: (event) => told.push(event),
    error: (error: Error) => told.push(error.name),
    complete: () => told.push('end'),
  })
  return { source, turns, told, drained: () => ordered?.drained() }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('events that take time to turn', () => {
  it('go through in the same turn while none does', () => {
    const { source, told, drained } = stream()
    source.next(1)
    source.next(3)
    assert.deepEqual(told, [1, 3])
    assert.equal(drained(), undefined)
  })

  it('keep their order, and those that waited are turned at once', async () => {
    const { source, turns, told, drained } = stream()
    for (const event of [1, 2, 3, 4, 5]) source.next(event)
    source.complete()
    assert.deepEqual(told, [1])
    assert.ok(drained() instanceof Promise)
    turns[0]?.finish()
    await settle()
    assert.deepEqual(told, [1, 2])
    assert.deepEqual(turns[1]?.events, [3, 4, 5])
    turns[1]?.finish()
    await settle()
    assert.deepEqual(told, [1, 2, 3, 4, 5, 'end'])
  })

  it('end with the error of the one that cannot be turned', async () => {
    const { source, turns, told } = stream()
    for (const event of [2, 3]) source.next(event)
    turns[0]?.finish(new RangeError('no'))
    await settle()
    assert.deepEqual(told, ['RangeError'])
  })

  it('do not wait without bound', () => {
    const { source, told } = stream()
    for (let event = 2; event < 10_100; event++) source.next(event)
    assert.deepEqual(told, [TooManyWaitingError.name])
  })
})
