/** How answers in protobuf are called. */

import type { Headers } from '../exchange.ts'
import { protobufType } from '../negotiation.ts'

const uncached = { 'Cache-Control': 'no-cache, private' }

export const headers: Headers = { 'Content-Type': protobufType, ...uncached }
export const watchHeaders: Headers = { 'Content-Type': `${protobufType};stream=watch`, ...uncached }
