/** Cuts a stream of bytes into lines, each a JSON text. A line has a largest size; there is no other buffer. */

/** Takes chunks as they come; `line` is called with every complete line, without its end. */
export class LineCutter {
  readonly #line: (text: string) => void
  readonly #largest: number
  #parts: Buffer[] = []
  #size = 0

  /** @param largest bytes of a line */
  constructor(line: (text: string) => void, largest = 16_777_216) {
    this.#line = line
    this.#largest = largest
  }

  /** @throws RangeError when a line is too long */
  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end))
      start = end + 1
      this.#emit()
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  #keep(part: Buffer): void {
    this.#size += part.length
    if (this.#size > this.#largest)
      throw new RangeError(`a line is longer than ${this.#largest} bytes`)
    if (part.length > 0) this.#parts.push(part)
  }

  #emit(): void {
    const text = (
      this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    ).toString()
    this.#parts = []
    this.#size = 0
    if (text !== '') this.#line(text)
  }
}
