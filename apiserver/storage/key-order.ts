/** Keys are ordered by their UTF-8 bytes, in every store and cache; JavaScript's own order differs beyond U+FFFF. */

/** Negative when `a` comes before `b`, 0 when they are the same key. */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return codePointRank(left) - codePointRank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all that a single unit can name. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

const last = '\u{10ffff}'

/** The first key after all that start with `prefix`. Keys starting with U+10FFFF are not supported. */
export function prefixEnd(prefix: string): string {
  const points = [...prefix]
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    const code = point.codePointAt(0) ?? 0
    if (point !== last) return points.join('') + String.fromCodePoint(successor(code))
  }
  return last
}

function successor(code: number): number {
  return code === 0xd7ff ? 0xe000 : code + 1
}
