/**
 * Two connections made one, byte by byte, for upgrades that are passed on: what is spoken is not looked at. Everything
 * that one side has said reaches the other, also where it goes right after; who breaks off takes the other along.
 */

import type { Duplex } from 'node:stream'

/** Resolves when both are closed. Never rejects: whoever breaks off, it is no fault of who passes on. */
export async function joinConnections(one: Duplex, other: Duplex): Promise<void> {
  await Promise.all([carry(one, other), carry(other, one)])
}

function carry(from: Duplex, to: Duplex): Promise<void> {
  from.pipe(to)
  from.on('error', () => to.destroy())
  return new Promise((resolve) => {
    const closed = () => {
      // What has ended was heard to its end, and some of it may still be on its way.
      if (from.readableEnded) to.end(() => to.destroy())
      else to.destroy()
      resolve()
    }
    if (from.closed) closed()
    else from.once('close', closed)
  })
}
