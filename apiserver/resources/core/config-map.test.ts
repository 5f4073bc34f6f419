import assert from 'node:assert/strict'
import type { ConfigMap, Secret } from '../../../api/types.ts'
import { created, row, updated } from '../examples.ts'
import { configMaps } from './config-map.ts'
import { secrets } from './secret.ts'

const metadata = { name: 'a', namespace: 'b' }
const configMap = (more: Partial<ConfigMap>): ConfigMap => ({ metadata, ...more })
const secret = (more: Partial<Secret>): Secret => ({ metadata, ...more })
const base64 = (text: string) => Buffer.from(text).toString('base64')
const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

describe('config maps', () => {
  const rules: [
    about: string,
    bad: Partial<ConfigMap>,
    errors: string[],
    near: Partial<ConfigMap>,
  ][] = [
    [
      'keys are names of files',
      { data: { 'a/b': '' } },
      [`data[a/b]: Invalid value: "a/b": ${keyText}`],
      { data: { 'a.b': '' } },
    ],
    [
      'keys do not lead up',
      { binaryData: { '..': '' } },
      [`binaryData[..]: Invalid value: "..": must not be '..'`],
      { binaryData: { 'a..': '' } },
    ],
    [
      'a key stands in one place',
      { data: { a: '' }, binaryData: { a: '' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
      { data: { a: '' }, binaryData: { b: '' } },
    ],
    [
      'a mebibyte is enough',
      { data: { a: 'x'.repeat(1024 * 1024 - 2) }, binaryData: { b: base64('xxx') } },
      ['[]: Too long: may not be more than 1048576 bytes'],
      { data: { a: 'x'.repeat(1024 * 1024 - 3) }, binaryData: { b: base64('xxx') } },
    ],
    [
      'a mebibyte is of bytes, not of characters',
      { data: { a: 'é'.repeat(524_289) } },
      ['[]: Too long: may not be more than 1048576 bytes'],
      { data: { a: 'é'.repeat(524_288) } },
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(configMaps, configMap(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(configMaps, configMap(near)), []))
  }

  it('that are immutable stay', () => {
    const old = configMap({ immutable: true, data: { a: 'b' } })
    const why = 'Forbidden: field is immutable when `immutable` is set'
    assert.deepEqual(updated(configMaps, structuredClone(old), old), [])
    assert.deepEqual(
      updated(configMaps, configMap({ data: { a: 'c' }, binaryData: { d: '' } }), old),
      [`immutable: ${why}`, `data: ${why}`, `binaryData: ${why}`],
    )
    const mutable = configMap({ data: { a: 'b' } })
    assert.deepEqual(updated(configMaps, configMap({ immutable: true }), mutable), [])
  })

  it('are told by how many keys they have', () =>
    assert.deepEqual(
      row(configMaps, configMap({ data: { a: '' }, binaryData: { b: '', c: '' } }), 0),
      ['a', 3, '<unknown>'],
    ))
})

describe('secrets', () => {
  const docker = 'kubernetes.io/dockerconfigjson'
  const rules: [about: string, bad: Partial<Secret>, errors: string[], near: Partial<Secret>][] = [
    [
      'a certificate comes with its key',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
      ['data[tls.key]: Required value'],
      { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } },
    ],
    [
      'a pull secret is JSON, and its contents are not told',
      { type: docker, data: { '.dockerconfigjson': base64('{"auths": hunter2') } },
      [
        'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be a JSON object',
      ],
      { type: docker, stringData: { '.dockerconfigjson': '{"auths": {}}' } },
    ],
    [
      'a pull secret is there',
      { type: docker },
      ['data[.dockerconfigjson]: Required value'],
      { type: 'example.com/other' },
    ],
    [
      'a login has a user or a password',
      { type: 'kubernetes.io/basic-auth', data: { user: '' } },
      ['data[username]: Required value', 'data[password]: Required value'],
      { type: 'kubernetes.io/basic-auth', data: { password: '' } },
    ],
    [
      'a key is not empty',
      { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } },
      ['data[ssh-privatekey]: Required value'],
      { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': 'eA==' } },
    ],
    [
      'a token is of somebody',
      { type: 'kubernetes.io/service-account-token' },
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
      {
        type: 'kubernetes.io/service-account-token',
        metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': 'a' } },
      },
    ],
    [
      'keys are names of files',
      { stringData: { '': 'a' } },
      [`data[]: Invalid value: "": ${keyText}`],
      { stringData: { a: '' } },
    ],
    [
      'a mebibyte is enough',
      { data: { a: base64('x'.repeat(1024 * 1024 + 1)) } },
      ['data: Too long: may not be more than 1048576 bytes'],
      { data: { a: base64('x'.repeat(1024 * 1024)) } },
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(secrets, secret(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(secrets, secret(near)), []))
  }

  it('keep their type, and stay when they are immutable', () => {
    const old = secret({ type: 'Opaque', immutable: true, data: { a: '' } })
    const now = secret({ type: 'example.com/a', immutable: true, stringData: { a: 'b' } })
    assert.deepEqual(updated(secrets, now, old), [
      'type: Invalid value: "example.com/a": field is immutable',
      'data: Forbidden: field is immutable when `immutable` is set',
    ])
  })

  it('are told by type and number', () =>
    assert.deepEqual(row(secrets, secret({ type: 'Opaque', data: { a: '' } }), 0), [
      'a',
      'Opaque',
      1,
      '<unknown>',
    ]))
})
