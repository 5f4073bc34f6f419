/**
 * Resource quantities (`500m`, `64Mi`, `1e3`) as exact integers of nano-units, because 0.1 + 0.2 must not decide
 * where a pod fits. Format: the Kubernetes API's `resource.Quantity`.
 */

const binary: Record<string, bigint> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}
/** Powers of ten, as exponents. */
const decimal: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}

const syntax = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d{1,3})$/

/** Characters: no quantity needs more, and whole numbers take the longer to read the longer they are. */
const longest = 1000

/** Few quantities are in use at a time, and who reads an object asks for its own again and again. */
const mostRemembered = 1024
const longestRemembered = 16
const remembered = new Map<string, bigint>()

/** Nano-units of a quantity, rounded up as Kubernetes does; `undefined` when it is not one. */
export function parseQuantity(quantity: string | number): bigint | undefined {
  if (typeof quantity === 'number' || quantity.length > longestRemembered)
    return nanoUnits(quantity)
  const known = remembered.get(quantity)
  if (known !== undefined) return known
  const parsed = nanoUnits(quantity)
  if (parsed === undefined) return undefined
  if (remembered.size >= mostRemembered) remembered.clear()
  remembered.set(quantity, parsed)
  return parsed
}

function nanoUnits(quantity: string | number): bigint | undefined {
  const text = String(quantity)
  const match = text.length > longest ? null : syntax.exec(text)
  if (!match) return undefined
  const [, sign, digits = '', suffix = ''] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const scaled = BigInt(whole + fraction || '0')
  let numerator = scaled * 1_000_000_000n
  let denominator = 10n ** BigInt(fraction.length)
  const factor = binary[suffix]
  if (factor !== undefined) numerator *= factor
  else {
    const exponent = decimal[suffix] ?? Number(suffix.slice(1))
    if (exponent >= 0) numerator *= 10n ** BigInt(exponent)
    else denominator *= 10n ** BigInt(-exponent)
  }
  const nano = (numerator + denominator - 1n) / denominator
  return sign === '-' ? -nano : nano
}

/** The quantity in whole units, rounded up (bytes, pods); 0 when absent or malformed. */
export function units(text: string | number | undefined): number {
  const nano = text === undefined ? undefined : parseQuantity(text)
  return nano === undefined ? 0 : Number((nano + 999_999_999n) / 1_000_000_000n)
}

/** The quantity in thousandths (CPU), rounded up; 0 when absent or malformed. */
export function milliUnits(text: string | number | undefined): number {
  const nano = text === undefined ? undefined : parseQuantity(text)
  return nano === undefined ? 0 : Number((nano + 999_999n) / 1_000_000n)
}
