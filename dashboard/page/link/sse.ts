/** Reads a stream of server-sent events (WHATWG HTML, 9.2.6) from its text, in whatever pieces that comes. */

export interface ServerEvent {
  /** The last one that was told. */
  id: string
  type: string
  data: string
}

/** Characters of one event; a server that says more at once is none of ours. */
const longest = 64 * 1024 * 1024

export class EventParser {
  #rest = ''
  #id = ''
  #type = ''
  #data: string[] = []
  #size = 0

  /** What has become complete. @throws Error when an event is without bounds */
  push(text: string): ServerEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    const events = lines.map((line) => this.#line(line)).filter((event) => event !== undefined)
    if (this.#rest.length + this.#size > longest) throw new Error('an event is too long')
    return events
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id' && !value.includes('\0')) this.#id = value
    if (field === 'event') this.#type = value
    if (field === 'data') {
      this.#data.push(value)
      this.#size += value.length
    }
    return undefined
  }

  #dispatch(): ServerEvent | undefined {
    const [type, data] = [this.#type || 'message', this.#data]
    this.#type = ''
    this.#data = []
    this.#size = 0
    return data.length > 0 ? { id: this.#id, type, data: data.join('\n') } : undefined
  }
}
