/** Environment variables: their names, and that each has one source, in the pod's own namespace. */

import type { Container } from '../../../../api/types.ts'
import { type FieldErrors, invalid, invalidFor, required } from '../../field-errors.ts'
import {
  configKeyProblems,
  environmentNameProblems,
  labelProblems,
  subdomainName,
  subdomainProblems,
} from '../../name-validation.ts'
import { environmentFields, validateFieldRef, validateResourceRef } from './downward-validation.ts'
import { validateFilePath } from './path-validation.ts'

type Variable = NonNullable<Container['env']>[number]
type Source = NonNullable<Container['envFrom']>[number]
type KeyRef = { name?: string; key: string }

export function* validateEnvironment(
  variables: Variable[] | undefined,
  field: string,
): FieldErrors {
  for (const [index, variable] of (variables ?? []).entries()) {
    const at = `${field}[${index}]`
    if (!variable.name) yield required(`${at}.name`)
    else yield* invalidFor(`${at}.name`, variable.name, environmentNameProblems(variable.name))
    yield* validateValueFrom(variable, `${at}.valueFrom`)
  }
}

function* validateValueFrom({ value, valueFrom }: Variable, field: string): FieldErrors {
  if (!valueFrom) return
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fieldRef) yield* validateFieldRef(fieldRef, environmentFields, `${field}.fieldRef`)
  if (resourceFieldRef)
    yield* validateResourceRef(resourceFieldRef, `${field}.resourceFieldRef`, false)
  if (configMapKeyRef) yield* validateKeyRef(configMapKeyRef, `${field}.configMapKeyRef`)
  if (secretKeyRef) yield* validateKeyRef(secretKeyRef, `${field}.secretKeyRef`)
  if (fileKeyRef) yield* validateFileKey(fileKeyRef, `${field}.fileKeyRef`)
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef]
  const count = sources.filter(Boolean).length
  if (count === 0)
    yield invalid(
      field,
      '',
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    )
  else if (value) yield invalid(field, '', 'may not be specified when `value` is not empty')
  else if (count > 1)
    yield invalid(field, '', 'may not have more than one field specified at a time')
}

/** A variable from a file that an init container left in an emptyDir. */
function* validateFileKey(
  { volumeName, path, key }: { volumeName: string; path: string; key: string },
  field: string,
): FieldErrors {
  if (!volumeName) yield required(`${field}.volumeName`)
  else yield* invalidFor(`${field}.volumeName`, volumeName, labelProblems(volumeName))
  if (!path) yield required(`${field}.path`)
  else yield* validateFilePath(path, `${field}.path`)
  if (!key) yield required(`${field}.key`)
  else yield* invalidFor(`${field}.key`, key, environmentNameProblems(key))
}

function* validateKeyRef({ name = '', key }: KeyRef, field: string): FieldErrors {
  yield* invalidFor(`${field}.name`, name, subdomainProblems(name))
  if (!key) yield required(`${field}.key`)
  else yield* invalidFor(`${field}.key`, key, configKeyProblems(key))
}

export function* validateEnvironmentFrom(
  sources: Source[] | undefined,
  field: string,
): FieldErrors {
  for (const [index, { prefix, configMapRef, secretRef }] of (sources ?? []).entries()) {
    const at = `${field}[${index}]`
    if (prefix) yield* invalidFor(`${at}.prefix`, prefix, environmentNameProblems(prefix))
    if (configMapRef) yield* validateName(configMapRef.name, `${at}.configMapRef.name`)
    if (secretRef) yield* validateName(secretRef.name, `${at}.secretRef.name`)
    if (!configMapRef && !secretRef)
      yield invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`')
    else if (configMapRef && secretRef)
      yield invalid(field, '', 'may not have more than one field specified at a time')
  }
}

function* validateName(name: string | undefined, field: string): FieldErrors {
  if (!name) yield required(field)
  else yield* invalidFor(field, name, subdomainName(name, true))
}
