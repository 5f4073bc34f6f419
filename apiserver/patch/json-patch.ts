/** RFC 6902. */
/**
 * A patched copy of `target`, which is left alone.
 * @throws StatusError 400 malformed, 413 too many operations or growth, 422 a failed `test` or an absent path
 */
export function applyJsonPatch(_target: unknown, _patch: unknown): unknown {
  throw new Error('being written')
}
