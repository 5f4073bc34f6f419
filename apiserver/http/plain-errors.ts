/** Refusals that are not about a resource, and which Kubernetes therefore answers in plain text. */

export class PlainError extends Error {
  override name = 'PlainError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** No such path, group, version or resource. */
export const notFoundPath = () => new PlainError(404, '404 page not found')
