/**
 * Bytes of a protobuf message, written from their end to their beginning: what a length counts stands there already
 * when the length is written, so that nothing is measured beforehand. It knows numbers and text, and nothing of kinds.
 */

const initialSize = 64 * 1024
/** A larger buffer is not kept for the next message. */
const mostKept = 1 << 20

/** Longer text is left to the runtime's encoder. */
const shortText = 48

export class BackwardBytes {
  #buffer = Buffer.allocUnsafeSlow(initialSize)
  /** Where the last byte written stands. */
  #at = initialSize

  /** How many bytes there are. */
  get written(): number {
    return this.#buffer.length - this.#at
  }

  /** What has been written, in a buffer of its own; then it is empty again. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.written)
    this.#buffer.copy(taken, 0, this.#at)
    this.clear()
    return taken
  }

  clear(): void {
    if (this.#buffer.length > mostKept) this.#buffer = Buffer.allocUnsafeSlow(initialSize)
    this.#at = this.#buffer.length
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#at)
  }

  text(text: string): void {
    if (text.length <= shortText && this.#ascii(text)) return
    const size = Buffer.byteLength(text)
    this.#reserve(size)
    this.#buffer.write(text, this.#at, 'utf8')
  }

  /** A call of the encoder costs more than a few letters. */
  #ascii(text: string): boolean {
    const { length } = text
    this.#reserve(length)
    const buffer = this.#buffer
    const start = this.#at
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at)
      if (code > 0x7f) {
        this.#at = start + length
        return false
      }
      buffer[start + at] = code
    }
    return true
  }

  /** @param value an integer from 0 to 2^53 */
  varint(value: number): void {
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    this.#reserve(size)
    let at = this.#at
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[at++] = (rest % 0x80) | 0x80
    this.#buffer[at] = rest
  }

  /** @param value of 64 bits, negative ones as their complement: ten bytes */
  signed(value: bigint): void {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, value)
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.bytes(Uint8Array.from(bytes))
  }

  double(value: number): void {
    this.#reserve(8)
    this.#buffer.writeDoubleLE(value, this.#at)
  }

  /** Length and tag of a field whose content has been written since there were `before` bytes. */
  head(tag: number, before: number): void {
    this.varint(this.written - before)
    this.varint(tag)
  }

  #reserve(size: number): void {
    if (size > this.#at) this.#grow(size)
    this.#at -= size
  }

  #grow(size: number): void {
    const { written } = this
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, 2 * (written + size)))
    this.#buffer.copy(larger, larger.length - written, this.#at)
    this.#buffer = larger
    this.#at = larger.length - written
  }
}

const scratch = new BackwardBytes()

/** What `write` writes, in a buffer of its own. It must not give up its turn, nor call this again. */
export function written(write: (out: BackwardBytes) => void): Buffer {
  scratch.clear()
  write(scratch)
  return scratch.take()
}
