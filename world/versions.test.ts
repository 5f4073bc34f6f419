import assert from 'node:assert/strict'
import { controller, int, kind, object, string } from '../controllers/framework/index.ts'
import { startWorld } from './index.ts'

const Size = kind({ group: 'demo.example.com', name: 'Size' })
  .version('v1beta1', { spec: object({ text: string() }) })
  .next(
    'v1',
    { spec: object({ value: int() }), status: object({ twice: int().optional() }) },
    {
      up: ({ spec }) => ({ spec: { value: Number(spec.text) } }),
      down: ({ spec }) => ({ spec: { text: String(spec.value) } }),
    },
  )

describe('kinds of one’s own in a World', () => {
  it('are converted between their versions by what they declare', async () => {
    const double = controller(Size).reconcile(async ({ spec }, { status }) => {
      status({ twice: 2 * spec.value })
      return undefined
    })
    const world = await startWorld({
      kinds: [Size],
      controllers: [double],
      builtIn: false,
      nodes: 0,
    })
    await world.apply(`
      apiVersion: demo.example.com/v1beta1
      kind: Size
      metadata: { name: a }
      spec: { text: "21" }`)
    await world.converge()
    assert.equal((await world.get(Size, 'a')).status?.twice, 42)
    assert.equal((await world.get(Size.at('v1beta1'), 'a')).spec.text, '21')
    await world.close()
  })
})
