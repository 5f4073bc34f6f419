/** Resource versions are opaque texts that grow; within one kind they may be compared, by length and then by text. */

/** Below zero when `a` is older than `b`; an absent one is older than all. */
export function compareResourceVersions(a: string | undefined, b: string | undefined): number {
  const left = a ?? ''
  const right = b ?? ''
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}

/** The newer of two. */
export const newerResourceVersion = (a: string, b: string): string =>
  compareResourceVersions(a, b) >= 0 ? a : b
