/** Where something stands in a schema, as people read it: `spec.ports[].name`, `spec.labels.*`. */

export const fieldPath = (parent: string, name: string): string => {
  if (parent === '') return name
  return /^[\w$*-]+$/.test(name) ? `${parent}.${name}` : `${parent}['${name}']`
}

/** The names in a simple path as definitions hold it: `.spec.replicas` is `['spec', 'replicas']`. */
export const namesOf = (path: string): string[] | undefined =>
  /^(\.[\w$-]+)+$/.test(path) ? path.slice(1).split('.') : undefined
