import assert from 'node:assert/strict'
import { Places } from './places.ts'

describe('places', () => {
  const room = { places: 3, share: 2, what: 'recordings' }
  let places: Places
  beforeEach(() => {
    places = new Places(room)
  })

  /** @returns what ends the work */
  function take(user: string): () => Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = places.during(user, () => promise)
    return async () => {
      resolve()
      await done
    }
  }
  const refused = (user: string, message: RegExp) =>
    assert.rejects(
      places.during(user, () => assert.fail('it has no place')),
      { code: 429, message },
    )

  it('are no more for one user than the share of one', async () => {
    const ends = [take('ann'), take('ann')]
    await refused('ann', /you have 2 recordings already/)
    ends.push(take('bob'))
    for (const end of ends) await end()
  })

  it('are no more for all than there are', async () => {
    const ends = [take('ann'), take('ann'), take('bob')]
    await refused('bob', /there are 3 recordings already/)
    for (const end of ends) await end()
  })

  it('are free again when the work is done, well or not', async () => {
    for (let at = 0; at < 5; at++) {
      await take('ann')()
      const failed = places.during('ann', () => Promise.reject(new Error('odd')))
      await assert.rejects(failed, /odd/)
    }
  })
})
