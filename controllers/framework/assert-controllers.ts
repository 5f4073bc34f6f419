/** Controllers that cannot run, or not beside each other, are told so before anything runs. */

import type { Controller } from './controller.ts'

/** What may stand in field managers, leases' names and labels of metrics. */
const label = /^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/

/** @throws Error that says what to declare otherwise */
export function assertControllers(controllers: readonly Controller[]): void {
  const names = new Set<string>()
  for (const [index, controller] of controllers.entries()) {
    // Who casts may hand in anything, most of all a builder.
    if (typeof controller?.reconcile !== 'function' || !Array.isArray(controller.inputs))
      throw new Error(
        `controllers[${index}] is none: end it with .reconcile(async (object, context) => ...)`,
      )
    const { name, primary } = controller
    if (!label.test(name))
      throw new Error(
        `the controller of ${primary.kind} cannot be called ${JSON.stringify(name)}: lower-case letters, digits and ` +
          'dashes, at most 63, as in .named("site-backup")',
      )
    if (names.has(name))
      throw new Error(
        `two controllers are called ${name}, and would take each other's fields: tell them apart with .named(...)`,
      )
    names.add(name)
  }
}
