import assert from 'node:assert/strict'
import type { PodTemplateSpec } from '../api/types.ts'
import { causeOf, changesOf } from './change.ts'
import { differences } from './difference.ts'
import { templateHashLabel } from './template.ts'

const template = (container: object, more: object = {}, metadata = {}): PodTemplateSpec => ({
  metadata,
  spec: { containers: [{ name: 'web', image: 'shop/web:1.2', ...container }], ...more },
})
const before = template({})

describe('a change of template', () => {
  const cases: [what: string, after: PodTemplateSpec, cause: string | undefined][] = [
    ['a tag', template({ image: 'shop/web:1.3' }), 'image web 1.2 -> 1.3'],
    [
      'another repository',
      template({ image: 'other/web:1.2' }),
      'image shop/web:1.2 -> other/web:1.2',
    ],
    [
      'a digest',
      template({ image: `shop/web@sha256:${'ab'.repeat(32)}` }),
      'image web 1.2 -> abababababab',
    ],
    ['a variable', template({ env: [{ name: 'A', value: '1' }] }), 'env variables of web'],
    ['resources', template({ resources: { limits: { cpu: '1' } } }), 'resources of web'],
    [
      'a container more',
      template({}, { containers: [...before.spec!.containers, { name: 'side', image: 's' }] }),
      'container side added',
    ],
    [
      'a restart',
      template({}, {}, { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } }),
      'restarted',
    ],
    ['nothing but the hash', template({}, {}, { labels: { [templateHashLabel]: 'x' } }), undefined],
  ]
  for (const [what, after, cause] of cases)
    it(`of ${what} is called ${cause ?? 'none'}`, () => assert.equal(causeOf(before, after), cause))

  it('by a restart after another is called that', () => {
    const restarted = (at: string) =>
      template({}, {}, { annotations: { 'kubectl.kubernetes.io/restartedAt': at } })
    assert.equal(causeOf(restarted('1'), restarted('2')), 'restarted')
  })

  it('names the image first, and no more than three causes', () => {
    const after = template({
      args: ['a'],
      command: ['b'],
      image: 'shop/web:2',
      workingDir: '/',
      tty: true,
    })
    assert.equal(causeOf(before, after), 'image web 1.2 -> 2, args of web, command of web, 2 more')
  })

  it('goes by the names of items, not by their places', () => {
    const side = { name: 'side', image: 's:1' }
    const [web] = before.spec!.containers
    const turned = { ...before, spec: { containers: [side, web!] } }
    assert.deepEqual(changesOf({ ...before, spec: { containers: [web!, side] } }, turned), [])
  })
})

describe('differences', () => {
  it('of lists without names go by place, and keys with dots stand in quotes', () => {
    assert.deepEqual(differences({ a: [1, 2], 'x.y/z': 1 }, { a: [1, 3], 'x.y/z': 2 }), [
      { path: '["x.y/z"]', before: 1, after: 2 },
      { path: 'a[1]', before: 2, after: 3 },
    ])
  })
})
