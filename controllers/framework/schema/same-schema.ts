/** Whether two schemas say the same, whatever the order of their keywords. */
export const sameSchema = (a: unknown, b: unknown): boolean => text(a) === text(b)

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
