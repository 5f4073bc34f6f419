/** What is wrong with the declaration of a kind, where in its schema, and what to do; thrown as the module is loaded. */
export class KindError extends Error {
  override name = 'KindError'
  /** `spec.ports[].name`; empty for the kind as a whole. */
  readonly path: string
  constructor(path: string, problem: string) {
    super(path === '' ? problem : `${path}: ${problem}`)
    this.path = path
  }
}
