/** What a Secret of each type must hold. Contents never appear in an error. */

import type { Secret } from '../../../api/types.ts'
import { type FieldErrors, invalid, required, tooLong } from '../field-errors.ts'
import { dataLimit, decodedLength, validateKeys } from './data-validation.ts'

export function* validateSecret(secret: Secret): FieldErrors {
  const data = new Map(Object.entries(secret.data ?? {}))
  yield* validateKeys(secret.data, 'data')
  let size = 0
  for (const text of data.values()) size += decodedLength(text)
  if (size > dataLimit) yield tooLong('data', dataLimit)
  yield* validateType(secret, data)
}

const accountName = 'kubernetes.io/service-account.name'

function* validateType(secret: Secret, data: ReadonlyMap<string, string>): FieldErrors {
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      if (!secret.metadata.annotations?.[accountName])
        yield required(`metadata.annotations[${accountName}]`)
      break
    case 'kubernetes.io/dockercfg':
      yield* validateJson(data, '.dockercfg')
      break
    case 'kubernetes.io/dockerconfigjson':
      yield* validateJson(data, '.dockerconfigjson')
      break
    case 'kubernetes.io/basic-auth':
      if (!data.has('username') && !data.has('password')) {
        yield required('data[username]')
        yield required('data[password]')
      }
      break
    case 'kubernetes.io/ssh-auth':
      if (!data.get('ssh-privatekey')) yield required('data[ssh-privatekey]')
      break
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (!data.has(key)) yield required(`data[${key}]`)
      break
  }
}

function* validateJson(data: ReadonlyMap<string, string>, key: string): FieldErrors {
  const text = data.get(key)
  if (text === undefined) return yield required(`data[${key}]`)
  if (!isJsonObject(Buffer.from(text, 'base64').toString()))
    yield invalid(`data[${key}]`, '<secret contents redacted>', 'must be a JSON object')
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
