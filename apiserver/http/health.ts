/** `/healthz`, `/livez`, `/readyz`: named checks, one by one or all together. */

import type { Exchange, Headers } from './exchange.ts'

export interface HealthCheck {
  name: string
  /** Which of the three it belongs to; all of them unless told. */
  on?: ('healthz' | 'livez' | 'readyz')[]
  /** Rejects, throws or resolves to `false` when it is not well. */
  check(): boolean | Promise<boolean>
}

const headers: Headers = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache, private',
}

async function isWell({ check }: HealthCheck): Promise<boolean> {
  try {
    return await check()
  } catch {
    // Why is nobody's business who may ask without a name.
    return false
  }
}

/** @param path `/readyz`, or `/readyz/NAME`. Answers whether there is such a path. */
export async function sendHealth(
  exchange: Exchange,
  checks: readonly HealthCheck[],
  path: string,
  query: URLSearchParams,
): Promise<boolean> {
  const [, endpoint = '', name, ...more] = path.split('/')
  const own = checks.filter(({ on }) => !on || on.includes(endpoint as 'readyz'))
  const excluded = new Set(query.getAll('exclude'))
  const asked = name
    ? own.filter((check) => check.name === name)
    : own.filter((check) => !excluded.has(check.name))
  if (more.length > 0 || (name && asked.length === 0)) return false
  const results = await Promise.all(
    asked.map(async (check) => ({ name: check.name, well: await isWell(check) })),
  )
  const well = results.every((result) => result.well)
  const lines = results.map((result) =>
    result.well ? `[+]${result.name} ok` : `[-]${result.name} failed: reason withheld`,
  )
  const told = !well || (query.has('verbose') && !name)
  const verdict = `${endpoint} check ${well ? 'passed' : 'failed'}`
  const text = told ? `${[...lines, verdict].join('\n')}\n` : 'ok'
  exchange.send(well ? 200 : 500, headers, Buffer.from(text))
  return true
}
