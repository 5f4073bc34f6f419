/** Regular expressions, which are JavaScript's where a kind is declared and RE2's where the API server runs them. */

/** The pattern with its flags inside, as RE2 has them. Flags that only say how to search are left out. */
export function goPattern({ source, flags }: RegExp): string {
  const kept = [...flags].filter((flag) => 'ims'.includes(flag)).join('')
  return kept === '' ? source : `(?${kept})${source}`
}

/** What RE2 does not have, if the pattern uses it. */
export function notRe2(pattern: string): string | undefined {
  const bare = pattern.replaceAll(/\\[^1-9ukc]/g, '')
  if (/\(\?<?[=!]/.test(bare)) return 'look-around'
  if (/\\[1-9k]/.test(bare)) return 'back references'
  if (/\\[uc]/.test(bare)) return 'escapes such as \\u0041 (write \\x{0041})'
  return undefined
}
