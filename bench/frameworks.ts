/**
 * The same controller on this framework, on the published client's informers and on another framework, against the same
 * server: how soon it works, what it holds, how much it gets done, and what it does when the server was away.
 */

import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { manifestOf } from '../controllers/framework/index.ts'
import { sleep } from '../ports/clock.ts'
import type { Benchmark, Figure } from './figure.ts'
import { type Contender, contenders, installDotI, linesOf } from './frameworks/contenders.ts'
import { Parent } from './frameworks/ours/controller.ts'
import { type ApiServer, ask, demand, startApiServer } from './lab/api-server.ts'
import { kubeconfigFor } from './lab/kubeconfig.ts'
import type { Lab } from './lab/lab.ts'
import { type Child, startChild } from './lab/remote.ts'
import { median } from './statistics.ts'

const group = 'compare.example.com'
const parents = `/apis/${group}/v1/namespaces/default/parents`
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** Longer than any of them should need; who needs longer is said to have failed. */
const patienceMs = 60_000
const manyPatienceMs = 300_000
const askEveryMs = 20
/** A list of all is work for the server under measurement. */
const listEveryMs = 250

interface Measured {
  contender: Contender
  startMs: number
  megabytes: number
  perSecond: number
  /** Milliseconds until a lost child is there again; `undefined`: not within the patience. */
  repairMs: number | undefined
  /** Milliseconds until it follows a change after the server was away; `undefined`: not at all. */
  recoveryMs: number | undefined
}

export const frameworks: Benchmark = {
  name: 'frameworks',
  target: 'fewer lines, sooner, smaller and faster than the others',
  obstacle: installDotI,
  async run(lab) {
    const results: Measured[] = []
    for (const contender of contenders) results.push(await measure(lab, contender))
    return figures(results)
  },
}

async function measure(lab: Lab, contender: Contender): Promise<Measured> {
  lab.progress(`frameworks: ${contender.name}`)
  const file = lab.path(`${contender.name.replaceAll(/\W/g, '-')}.db`)
  const server = await startApiServer(lab, 'sqlite', { file })
  const field = new Field(lab, server)
  await field.prepare()
  const env = { KUBECONFIG: await kubeconfigFor(lab, server.address), NODE_NO_WARNINGS: '1' }
  const directory = lab.path(contender.name.replaceAll(/\W/g, '-'))
  await mkdir(directory)
  const program = await contender.program(directory)
  const start = () => lab.use(startChild(program, { args: contender.args(env.KUBECONFIG), env }))
  const starts: number[] = []
  let child: Child<never> | undefined
  for (let round = 0; round < lab.amount(5, 1); round++) {
    await child?.stop()
    await field.write('p-0', `start ${round}`)
    const from = lab.clock.monotonic()
    child = start()
    await field.until('p-0', `start ${round}`)
    starts.push(lab.clock.monotonic() - from)
  }
  const many = lab.amount(1_000, 5)
  await field.writeMany(many, 'first')
  await field.untilMany(many, 'first')
  const from = lab.clock.monotonic()
  await field.writeMany(many, 'second')
  await field.untilMany(many, 'second')
  const perSecond = (many * 1000) / (lab.clock.monotonic() - from)
  await sleep(lab.clock, lab.amount(5_000, 1))
  const megabytes = memoryOf(child!.pid)
  const repairMs = await field.repair('p-0')
  const recoveryMs = await recovery(lab, field, server, file)
  await child!.stop()
  return { contender, startMs: median(starts), megabytes, perSecond, repairMs, recoveryMs }
}

/** The server goes away for two seconds, comes back at the same address with all it knew, and a parent changes. */
async function recovery(
  lab: Lab,
  field: Field,
  server: ApiServer,
  file: string,
): Promise<number | undefined> {
  await server.stop()
  await sleep(lab.clock, 2_000)
  const again = await startApiServer(lab, 'sqlite', { file, port: server.address.port })
  await field.write('p-0', 'after')
  const from = lab.clock.monotonic()
  const seen = await field.until('p-0', 'after').then(
    () => lab.clock.monotonic() - from,
    () => undefined,
  )
  await again.stop()
  return seen
}

/** The parents on one server. */
class Field {
  readonly #lab: Lab
  readonly #server: ApiServer

  constructor(lab: Lab, server: ApiServer) {
    this.#lab = lab
    this.#server = server
  }

  async prepare(): Promise<void> {
    const { address } = this.#server
    await demand(address, 'POST', definitions, manifestOf(Parent))
    const established = async () => (await ask(address, 'GET', parents)).status === 200
    await this.#wait(established, 'its kind is served')
  }

  async write(name: string, text: string): Promise<void> {
    const body = { apiVersion: `${group}/v1`, kind: 'Parent', metadata: { name }, spec: { text } }
    const { address } = this.#server
    const { status, body: found } = await ask(address, 'GET', `${parents}/${name}`)
    if (status === 404) await demand(address, 'POST', parents, body)
    else {
      const stored = JSON.parse(String(found)) as typeof body
      await demand(address, 'PUT', `${parents}/${name}`, { ...stored, spec: { text } })
    }
  }

  async writeMany(count: number, text: string): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `p-${index}`)
    const next = async (): Promise<void> => {
      for (let name = names.shift(); name !== undefined; name = names.shift())
        await this.#rewritten(name, text)
    }
    await Promise.all(Array.from({ length: 8 }, next))
  }

  /** The controller may write at the same moment. */
  async #rewritten(name: string, text: string): Promise<void> {
    for (;;)
      try {
        return await this.write(name, text)
      } catch (error) {
        if (!/: 409 /.test(String(error))) throw error
      }
  }

  until(name: string, text: string): Promise<void> {
    return this.#wait(async () => {
      const { status, body } = await ask(this.#server.address, 'GET', `${parents}/${name}`)
      return status === 200 && textOf(JSON.parse(String(body))) === text
    }, `${name} says "${text}"`)
  }

  untilMany(count: number, text: string): Promise<void> {
    return this.#wait(
      async () => {
        const { body } = await ask(this.#server.address, 'GET', parents)
        const { items } = JSON.parse(String(body)) as { items: object[] }
        return items.filter((item) => textOf(item) === text).length === count
      },
      `${count} parents say "${text}"`,
      { within: manyPatienceMs, every: listEveryMs },
    )
  }

  async repair(name: string): Promise<number | undefined> {
    const { address } = this.#server
    const path = `/api/v1/namespaces/default/configmaps/${name}`
    const from = this.#lab.clock.monotonic()
    await demand(address, 'DELETE', path)
    return this.#wait(
      async () => (await ask(address, 'GET', path)).status === 200,
      'it is repaired',
    ).then(
      () => this.#lab.clock.monotonic() - from,
      () => undefined,
    )
  }

  async #wait(
    holds: () => Promise<boolean>,
    what: string,
    { within = patienceMs, every = askEveryMs } = {},
  ): Promise<void> {
    const { clock } = this.#lab
    const start = clock.monotonic()
    while (clock.monotonic() - start < within) {
      if (await holds()) return
      await sleep(clock, every)
    }
    throw new Error(`not within ${within} ms: ${what}`)
  }
}

const textOf = (parent: { status?: { text?: string; address?: string } }) =>
  parent.status?.address ? parent.status.text : undefined

/** Proportional, megabytes. */
function memoryOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return (Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) * 1024) / 1e6
}

function figures([ours, ...others]: Measured[]): Figure[] {
  return others.flatMap((other) => [
    compared(
      'lines to write',
      'lines',
      linesOf(ours!.contender),
      linesOf(other.contender),
      other,
      'fewer',
    ),
    compared(
      'process start to the first status',
      'ms',
      ours!.startMs,
      other.startMs,
      other,
      'fewer',
    ),
    compared('memory with 1,000 parents', 'MB', ours!.megabytes, other.megabytes, other, 'fewer'),
    compared('parents brought up to date', '/s', ours!.perSecond, other.perSecond, other, 'more'),
    compared('a lost child is there again', 'ms', ours!.repairMs, other.repairMs, other, 'fewer'),
    compared(
      'a change after the server was away',
      'ms',
      ours!.recoveryMs,
      other.recoveryMs,
      other,
      'fewer',
    ),
  ])
}

function compared(
  what: string,
  unit: string,
  own: number | undefined,
  others: number | undefined,
  { contender: { name } }: Measured,
  better: 'fewer' | 'more',
): Figure {
  const figure = { what, measured: { value: own ?? Number.NaN, unit } }
  if (others === undefined)
    return { ...figure, notes: [`${name}: not within ${patienceMs / 1000} s`] }
  return {
    ...figure,
    against: { what: name, value: others },
    target: better === 'fewer' ? { atMost: 1 } : { atLeast: 1 },
  }
}
