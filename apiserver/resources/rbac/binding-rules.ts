/** Who has a role: what bindings mean when they do not say, what they must not say, and their tables. */

import type { ClusterRoleBinding, RoleBinding } from '../../../api/types.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { type FieldErrors, invalid, invalidFor, notSupported, required } from '../field-errors.ts'
import { pathSegmentProblems, subdomainProblems } from '../name-validation.ts'
import type { Column } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'

type Binding = RoleBinding | ClusterRoleBinding
type Subject = NonNullable<Binding['subjects']>[number]

export const rbacGroup = 'rbac.authorization.k8s.io'
const subjectKinds = ['ServiceAccount', 'User', 'Group']

/** Changes `binding`; idempotent. */
export function defaultBinding(binding: Binding): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= rbacGroup
  for (const subject of binding.subjects ?? [])
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup
}

/** @param kinds of roles that may be named. */
export function* validateBinding(
  { roleRef, subjects }: Binding,
  kinds: string[],
  { namespaced }: { namespaced: boolean },
): FieldErrors {
  const { apiGroup = '', kind = '', name = '' } = roleRef ?? {}
  if (apiGroup !== rbacGroup) yield notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])
  if (!kinds.includes(kind)) yield notSupported('roleRef.kind', kind, kinds)
  if (name === '') yield required('roleRef.name')
  else yield* invalidFor('roleRef.name', name, pathSegmentProblems(name, false))
  for (const [index, subject] of (subjects ?? []).entries())
    yield* validateSubject(subject, namespaced, `subjects[${index}]`)
}

/** A binding to another role is another binding: people are to see that. */
export function* validateSameRole(binding: Binding, old: Binding): FieldErrors {
  if (!semanticallyEqual(binding.roleRef, old.roleRef))
    yield invalid('roleRef', binding.roleRef, 'cannot change roleRef')
}

function* validateSubject(subject: Subject, namespaced: boolean, field: string): FieldErrors {
  const { kind, name = '', apiGroup = '', namespace = '' } = subject
  if (name === '') yield required(`${field}.name`)
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') yield* invalidFor(`${field}.name`, name, subdomainProblems(name))
      if (apiGroup !== '') yield notSupported(`${field}.apiGroup`, apiGroup, [''])
      if (!namespaced && namespace === '') yield required(`${field}.namespace`)
      return
    case 'User':
    case 'Group':
      if (name === '')
        yield invalid(`${field}.name`, name, `${kind.toLowerCase()} name cannot be empty`)
      if (apiGroup !== rbacGroup) yield notSupported(`${field}.apiGroup`, apiGroup, [rbacGroup])
      return
    default:
      yield notSupported(`${field}.kind`, kind ?? '', subjectKinds)
  }
}

const subjects = (name: string, kind: string): Column<Binding> =>
  column(
    name,
    `The ${name.toLowerCase()} who have the role.`,
    ({ subjects }) =>
      (subjects ?? [])
        .filter((subject) => subject.kind === kind)
        .map(({ namespace, name }) =>
          kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name,
        )
        .join(', '),
    { priority: 1 },
  )

export const bindingColumns: Column<Binding>[] = [
  nameColumn,
  column('Role', 'The role.', ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`),
  ageColumn,
  subjects('Users', 'User'),
  subjects('Groups', 'Group'),
  subjects('ServiceAccounts', 'ServiceAccount'),
]
