import assert from 'node:assert/strict'
import type { ServiceCIDR } from '../../api/types.ts'
import type { CachedObject } from '../watch/cached-object.ts'
import { serviceRanges } from './service-ranges.ts'

const rangesOf = (...all: ServiceCIDR[]) =>
  serviceRanges(
    { list: () => all.map((object) => ({ object }) as unknown as CachedObject) },
    'told',
  )
const range = (name: string, cidrs: string[], ready?: string): ServiceCIDR => ({
  metadata: { name },
  spec: { cidrs },
  ...(ready && { status: { conditions: [{ type: 'Ready', status: ready } as never] } }),
})

describe('the ranges of services', () => {
  it('are what the server is told until that is an object', () => {
    assert.deepEqual(rangesOf(), ['told'])
    assert.deepEqual(rangesOf(range('more', ['10.1.0.0/24'])), ['told', '10.1.0.0/24'])
    assert.deepEqual(rangesOf(range('kubernetes', ['10.1.0.0/24'])), ['10.1.0.0/24'])
  })

  it('are those that are ready, or of which nobody has said that they are not', () => {
    const all = ['True', 'False', undefined].map((ready, at) =>
      range(`r${at}`, [`10.${at}.0.0/24`], ready),
    )
    assert.deepEqual(rangesOf(range('kubernetes', []), ...all), ['10.0.0.0/24', '10.2.0.0/24'])
  })

  it('are none that are going, and none of IPv6', () => {
    const going = range('kubernetes', ['10.0.0.0/24'])
    going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    const both = range('both', ['fd00::/112', '10.1.0.0/24'])
    assert.deepEqual(rangesOf(going, both), ['10.1.0.0/24'])
  })
})
