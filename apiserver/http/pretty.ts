/**
 * JSON laid out for people to read: for those who ask for it, and for the programs that people read answers with. What
 * is laid out is the text, so that no number is read and written anew. Streams and what others serve stay as they are.
 */

import type { Exchange, Headers, Output } from './exchange.ts'

const readers = /^(?:curl|Wget|Mozilla\/5\.0)/
/** As Go reads a boolean. */
const yes = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])

/** The query decides where it says anything. */
export function wantsPretty(exchange: Pick<Exchange, 'url' | 'header'>): boolean {
  const { url } = exchange
  if (url.includes('pretty')) {
    const asked = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('pretty')
    if (asked) return yes.has(asked)
  }
  return readers.test(exchange.header('user-agent') ?? '')
}

/** Text by text, each going on where the last one ended. */
export class Layout {
  #depth = 0
  #inText = false
  #escaped = false
  /** Nothing has come since a bracket was opened. */
  #empty = false

  /** @param json compact JSON, or any part of it */
  next(json: Buffer): Buffer {
    const text = json.toString('latin1')
    let laidOut = ''
    for (let at = 0; at < text.length; at++) laidOut += this.#step(text.charAt(at))
    return Buffer.from(laidOut, 'latin1')
  }

  #step(character: string): string {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false
      else if (character === '\\') this.#escaped = true
      else if (character === '"') this.#inText = false
      return character
    }
    switch (character) {
      case '\n':
        return ''
      case '{':
      case '[': {
        const before = this.#begin()
        this.#depth++
        this.#empty = true
        return before + character
      }
      case '}':
      case ']': {
        this.#depth--
        const before = this.#empty ? '' : this.#line()
        this.#empty = false
        return before + character
      }
      case ',':
        return character + this.#line()
      case ':':
        return ': '
      default:
        this.#inText = character === '"'
        return this.#begin() + character
    }
  }

  #begin(): string {
    if (!this.#empty) return ''
    this.#empty = false
    return this.#line()
  }

  #line(): string {
    return `\n${'  '.repeat(this.#depth)}`
  }
}

const isJson = (headers: Headers): boolean => headers['Content-Type'] === 'application/json'

/** The same exchange, but for the looks of what it answers. */
export function pretty(exchange: Exchange): Exchange {
  const own: Pick<Exchange, 'send' | 'open' | 'header'> = {
    send(status, headers, body) {
      if (!isJson(headers)) return exchange.send(status, headers, body)
      const whole = Buffer.isBuffer(body) ? body : Buffer.concat(body)
      exchange.send(status, headers, new Layout().next(whole))
    },
    open(status, headers, schedule) {
      if (!isJson(headers)) return exchange.open(status, headers, schedule)
      const { 'Content-Length': _, ...rest } = headers
      return laidOut(exchange.open(status, rest, schedule))
    },
    // What is compressed already cannot be laid out any more.
    header: (name) => (name === 'accept-encoding' ? undefined : exchange.header(name)),
  }
  return new Proxy(exchange, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key)
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function laidOut(output: Output): Output {
  const layout = new Layout()
  return {
    write(chunk, taken) {
      const ready = output.write(layout.next(chunk))
      taken?.()
      return ready
    },
    drained: () => output.drained(),
    get buffered() {
      return output.buffered
    },
    get closed() {
      return output.closed
    },
    end: () => output.end(),
    abort: () => output.abort(),
  }
}
