import { create, patch, remove, sieve } from '../../../../world/index.ts'
import { exampleController } from '../src/controller.ts'
import { Example } from '../src/kind.ts'

/** Whatever goes wrong on the way - a crash after any write, an old view, a lost reply - the end is the same. */
describe('the example controller, whatever happens', () => {
  it('ends where it should', async function () {
    this.timeout(60_000)
    await sieve({
      kinds: [Example],
      controllers: [exampleController],
      scenario: [
        create(Example, {
          metadata: { name: 'one' },
          spec: { image: 'hello:v1', replicas: 1 },
        }),
        patch(Example, 'one', { spec: { replicas: 2 } }),
        remove(Example, 'one'),
      ],
      maxPlans: 100,
    })
  })
})
