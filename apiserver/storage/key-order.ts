/** Keys are ordered by their UTF-8 bytes, in every store and cache; JavaScript's own order differs beyond U+FFFF. */

/**
 * Negative when `a` comes before `b`, 0 when they are the same key.
 * @param from so many units are known to be the same
 */
export function compareKeys(a: string, b: string, from = 0): number {
  const shared = Math.min(a.length, b.length)
  for (let at = from; at < shared; at++) {
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
  const unit = prefix.charCodeAt(prefix.length - 1)
  // Nearly all of them; the rest is for code points that take two units, or come next to those.
  if (unit < 0xd7ff) return prefix.slice(0, -1) + String.fromCharCode(unit + 1)
  const points = [...prefix]
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    const code = point.codePointAt(0) ?? 0
    if (point !== last) return points.join('') + String.fromCodePoint(successor(code))
  }
  return last
}

/** The first key after a range: of one key, or of all that start with a prefix. */
export const rangeEnd = (prefix: string, exact = false): string =>
  exact ? `${prefix}\0` : prefixEnd(prefix)

/** Whether a key is in that range. */
export const isInRange = (key: string, prefix: string, exact = false): boolean =>
  exact ? key === prefix : key.startsWith(prefix)

function successor(code: number): number {
  return code === 0xd7ff ? 0xe000 : code + 1
}
