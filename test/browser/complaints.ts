/**
 * What a page must never do while a test looks at it: ask anybody but this machine, break its own content security policy,
 * throw, or log an error. What a test provokes on purpose it says beforehand.
 */

import type { BrowserContext, Page } from 'playwright-core'

export class Complaints {
  readonly #told: string[] = []
  readonly #expected: RegExp[] = []
  readonly #first = Promise.withResolvers<string>()

  /** From now on a complaint that matches is none. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  /** What was not expected, in the order in which it came. */
  get all(): string[] {
    return this.#told.filter((text) => !this.#expected.some((pattern) => pattern.test(text)))
  }

  /** Resolves with the first, expected or not. */
  first(): Promise<string> {
    return this.#first.promise
  }

  /** Listens to every page of a context. */
  async hear(context: BrowserContext): Promise<void> {
    context.on('request', (request) => this.#request(request.url()))
    context.on('console', (message) => {
      if (message.type() === 'error') this.#tell(`console error: ${message.text()}`)
    })
    context.on('weberror', (problem) => this.#tell(`page error: ${problem.error().message}`))
    await context.exposeBinding('tellOfViolation', (_, text: string) => {
      this.#tell(`policy violation: ${text}`)
    })
    await context.addInitScript(tellOfViolations)
  }

  hearSockets(page: Page): void {
    page.on('websocket', (socket) => this.#request(socket.url()))
  }

  #request(url: string): void {
    if (!staysHere(url)) this.#tell(`request that leaves this machine: ${url}`)
  }

  #tell(complaint: string): void {
    this.#told.push(complaint)
    this.#first.resolve(complaint)
  }
}

const here = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Whether it is answered by this machine, or by the browser itself. */
export function staysHere(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return ['data:', 'blob:', 'about:'].includes(protocol) || here.has(hostname)
}

/** In the page, before any of its own scripts. As text: tests know nothing of the types of a browser. */
const tellOfViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  tellOfViolation(event.effectiveDirective + ' forbids ' + (event.blockedURI || 'inline')))`
