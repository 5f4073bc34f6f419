/** A World that cannot go on, and why. */
export class WorldError extends Error {
  override name = 'WorldError'
}
