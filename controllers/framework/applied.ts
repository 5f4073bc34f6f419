/** What server-side apply is told: a part of an object, and nothing of what others decide. */

/**
 * A part of `T`, all the way down; in a list, a part of each item. What is left out, or `undefined`, is not the
 * applier's: others may own it. Of a whole object `metadata.name` must be there.
 */
export type Applied<T> = T extends readonly (infer Item)[]
  ? Applied<Item>[]
  : T extends object
    ? { [Field in keyof T]?: Applied<T[Field]> | undefined }
    : T

/** A part of a whole object, without its status: that is written by itself. */
export type AppliedObject<T> = Applied<Omit<T, 'status'>>
