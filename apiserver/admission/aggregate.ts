/** Several reasons in one text, each told once: `[a, b]`; a single one stands alone. */
export function aggregate(reasons: readonly string[]): string {
  const once = [...new Set(reasons)]
  return once.length === 1 ? (once[0] ?? '') : `[${once.join(', ')}]`
}
