/** Bytes from somewhere else to the client, no faster than it takes them. */

import type { Output } from './exchange.ts'

/** Ends the answer with the source, or leaves the source when the client does. Rejects as the source does. */
export async function passOn(source: AsyncIterable<Buffer>, output: Output): Promise<void> {
  for await (const chunk of source) {
    if (!output.write(chunk)) await output.drained()
    if (output.closed) break
  }
  output.end()
}
