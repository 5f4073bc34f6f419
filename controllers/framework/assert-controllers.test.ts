/** What the compiler does not see: names, and what was cast. */

import assert from 'node:assert/strict'
import { assertControllers } from './assert-controllers.ts'
import { ConfigMap, type Controller, controller, Secret } from './index.ts'

const named = (name: string) =>
  controller(ConfigMap)
    .named(name)
    .reconcile(async () => {})

describe('controllers', () => {
  it('may be several of one kind, each by its name', () => {
    assertControllers([
      named('backup'),
      named('site-1'),
      controller(Secret).reconcile(async () => {}),
    ])
  })

  it('are not two of one name', () =>
    assert.throws(() => assertControllers([named('a'), named('b'), named('a')]), /two .* called a/))

  it('have names that can stand in field managers', () => {
    for (const name of ['', 'My Controller', '-a', 'a'.repeat(64)])
      assert.throws(() => assertControllers([named(name)]), /ConfigMap cannot be called/)
  })

  it('end with a reconcile', () =>
    assert.throws(
      () => assertControllers([named('a'), controller(ConfigMap) as unknown as Controller]),
      /controllers\[1\] is none: end it with \.reconcile/,
    ))
})
