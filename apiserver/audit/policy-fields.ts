/** The fields of a policy as they stand in its file, each asked for by the type that it has to have. */

/** The file is no policy: the message begins with the path of the field. */
export class PolicyError extends Error {
  override name = 'PolicyError'
}

export const unsupported = (path: string, value: string, known: readonly string[]): PolicyError =>
  new PolicyError(
    `${path}: Unsupported value: ${JSON.stringify(value)}: supported values: ${known.map((one) => JSON.stringify(one)).join(', ')}`,
  )

export class Fields {
  readonly #fields: ReadonlyMap<string, unknown>
  readonly #path: string

  /** @param path of the object itself; empty for the whole. @throws PolicyError for what is no object */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new PolicyError(`${path || 'policy'}: Invalid value: must be an object`)
    this.#fields = new Map(Object.entries(value))
    this.#path = path
  }

  pathOf(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`
  }

  invalid(field: string, value: unknown, why: string): PolicyError {
    return new PolicyError(`${this.pathOf(field)}: Invalid value: ${JSON.stringify(value)}: ${why}`)
  }

  required(field: string): PolicyError {
    return new PolicyError(`${this.pathOf(field)}: Required value`)
  }

  /** @throws PolicyError for any other field */
  known(...fields: readonly string[]): void {
    for (const field of this.#fields.keys())
      if (!fields.includes(field)) throw new PolicyError(`unknown field "${this.pathOf(field)}"`)
  }

  text(field: string): string | undefined {
    const value = this.#fields.get(field) ?? undefined
    if (value === undefined || typeof value === 'string') return value
    throw this.invalid(field, value, 'must be a string')
  }

  flag(field: string): boolean | undefined {
    const value = this.#fields.get(field) ?? undefined
    if (value === undefined || typeof value === 'boolean') return value
    throw this.invalid(field, value, 'must be true or false')
  }

  texts(field: string): readonly string[] {
    const value = this.#fields.get(field) ?? []
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
    throw this.invalid(field, value, 'must be a list of strings')
  }

  list(field: string): Fields[] {
    const value = this.#fields.get(field) ?? []
    if (!Array.isArray(value)) throw this.invalid(field, value, 'must be a list')
    return value.map((item, index) => new Fields(item, `${this.pathOf(field)}[${index}]`))
  }
}
