/** A log that goes to a stream, such as standard output, which stays open. */

import type { Writable } from 'node:stream'
import type { LogTarget } from './writer.ts'

export function streamTarget(stream: Writable, name: string): LogTarget {
  // Each write tells of its own error.
  stream.on('error', () => {})
  return {
    name,
    append: (lines) =>
      new Promise((resolve, reject) => {
        stream.write(lines, (error) => (error ? reject(error) : resolve()))
      }),
    close: async () => {},
  }
}
