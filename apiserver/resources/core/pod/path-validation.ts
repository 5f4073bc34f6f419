/** Paths that users write and a node acts on: none may lead out of where it belongs. */

import { type FieldErrors, invalid } from '../../field-errors.ts'

/** No element may be `..`. */
export function* validateNoBacksteps(path: string, field: string): FieldErrors {
  if (path.split('/').includes('..')) yield invalid(field, path, "must not contain '..'")
}

/** A relative path that goes down only. */
export function* validateDescendingPath(path: string, field: string): FieldErrors {
  if (path.startsWith('/')) yield invalid(field, path, 'must be a relative path')
  yield* validateNoBacksteps(path, field)
}

/** The same for the name of a file in a volume; names that begin with `..` are the node's own. */
export function* validateFilePath(path: string, field: string): FieldErrors {
  yield* validateDescendingPath(path, field)
  if (path.startsWith('..') && !path.startsWith('../') && path !== '..')
    yield invalid(field, path, "must not start with '..'")
}
