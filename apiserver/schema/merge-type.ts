/**
 * The structure by which server-side apply merges and field ownership is told: what is one value, what is merged
 * field by field, and by what the items of a list are known. Built-in definitions and the schemas of custom resources
 * are both read as this; it knows nothing of values.
 */

export type MergeType =
  /**
   * One value, whatever it holds: scalars, and lists and objects that are replaced whole. The rest says what may be
   * in it, where that is known, so that what may not be is told: a scalar's type, or the type of an object or of a
   * list's items.
   */
  | {
      kind: 'atomic'
      scalar?: 'string' | 'numeric' | 'boolean' | 'untyped'
      object?: MergeType
      items?: MergeType
    }
  /**
   * Merged field by field. `field` is `undefined` for what the schema does not declare; if there may be such fields
   * all the same, `rest` says what they are.
   */
  | { kind: 'struct'; field(name: string): MergeType | undefined; rest?: MergeType }
  /** Keys are the client's own, each with a value of one type. */
  | { kind: 'map'; values: MergeType }
  /** A list of scalars, in which each stands once; `items` says which scalars. */
  | { kind: 'set'; items?: MergeType }
  /** A list of objects, known by the values of their keys. A key that is left out has the default here. */
  | {
      kind: 'list'
      keys: readonly string[]
      defaults: ReadonlyMap<string, unknown>
      items: MergeType
    }
  /** No schema: objects are merged, lists are one value, and nothing is undeclared. */
  | { kind: 'deduced' }
