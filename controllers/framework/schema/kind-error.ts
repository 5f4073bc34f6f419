/**
 * What is wrong with the declaration of a kind, where in its schema, and what to do. Thrown as the module that declares
 * the kind is loaded, so that nobody learns of it from a cluster.
 */
export class KindError extends Error {
  override name = 'KindError'
  /** `spec.ports[].name`; empty for the kind as a whole. */
  readonly path: string
  readonly problem: string
  /** @param kind which one, `Site v1` */
  constructor(path: string, problem: string, kind = '') {
    super([kind, path, problem].filter((part) => part !== '').join(': '))
    this.path = path
    this.problem = problem
  }
}

/** Says of which kind it was, should `declare` find fault. */
export function declaring<T>(kind: string, declare: () => T): T {
  try {
    return declare()
  } catch (error) {
    if (error instanceof KindError) throw new KindError(error.path, error.problem, kind)
    throw error
  }
}
