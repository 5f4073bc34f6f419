/**
 * What a server process uses, asked for from outside. Loaded before the server itself (`--import`), so that the server
 * under measurement is the one that people run.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { serve } from './remote.ts'

export interface Usage {
  /** CPU time of all its threads, milliseconds. */
  cpuMs: number
  wallMs: number
  /** The longest time in which its event loop did nothing else, milliseconds. */
  longestStallMs: number
  /** How often that took more than 10 ms. */
  stalls: number
  rssBytes: number
}

const stallMs = 10
const million = 1e6

const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()
let cpu = process.cpuUsage()
let start = performance.now()

export interface Memory {
  rssBytes: number
  heapBytes: number
  externalBytes: number
}

const memory = (): Memory => {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssBytes: rss, heapBytes: heapUsed, externalBytes: external }
}

let peakRss = 0
let sampling = false
const sampleEveryMs = 5

/** The kernel's own mark of the highest use would count what came before. Nobody pays for it who does not ask. */
function beginSampling(): void {
  peakRss = 0
  if (sampling) return
  sampling = true
  setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss())
  }, sampleEveryMs).unref()
}

const methods = {
  /** What is in use once nothing useless is; a new count of the peak begins. */
  collectGarbage(): Memory {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    beginSampling()
    return memory()
  },
  /** Since garbage was collected. */
  peakMemory: (): Memory => ({
    ...memory(),
    rssBytes: Math.max(peakRss, process.memoryUsage.rss()),
  }),
  /** What came before no longer counts. */
  beginUsage() {
    delays.reset()
    cpu = process.cpuUsage()
    start = performance.now()
  },
  endUsage(): Usage {
    const { user, system } = process.cpuUsage(cpu)
    return {
      cpuMs: (user + system) / 1000,
      wallMs: performance.now() - start,
      longestStallMs: delays.max / million,
      stalls: stallsOf(),
      rssBytes: process.memoryUsage.rss(),
    }
  },
}

export type UsageMethods = typeof methods

function stallsOf(): number {
  let below = 0
  for (const [percentile, value] of delays.percentiles)
    if (value <= stallMs * million) below = Math.max(below, percentile)
  return Math.round(delays.count * (1 - below / 100))
}

serve(methods)
// Nobody shall live only to be measured.
process.channel?.unref()
