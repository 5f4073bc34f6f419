/** Amounts as the Kubernetes API prints quantities: the shortest exact number with the greatest suffix that fits. */

const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const unit = 1_000_000_000n

/**
 * @param nano in nano-units
 * @param like a quantity in whose form (powers of 1024 or of 1000) it is printed
 */
export function formatQuantity(nano: bigint, like: string): string {
  const binary = /[KMGTPE]i$/.test(like)
  const whole = nano % unit === 0n
  const units = nano / unit
  // Small amounts of bytes are plain numbers.
  if (binary && whole && (units >= 1024n || units <= -1024n))
    return scaled(units, 1024n, ['', ...binarySuffixes])
  return scaled(nano, 1000n, decimalSuffixes)
}

function scaled(amount: bigint, step: bigint, suffixes: readonly string[]): string {
  if (amount === 0n) return '0'
  let rest = amount
  let at = 0
  while (rest % step === 0n && at < suffixes.length - 1) {
    rest /= step
    at++
  }
  return `${rest}${suffixes[at]}`
}
