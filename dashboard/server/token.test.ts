import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newToken, readToken, tokenIn } from './token.ts'

describe('the token of a page', () => {
  let directory: string
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'tiphys-page-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  it('is made once, and only its owner reads it', () => {
    const path = join(directory, 'deeper', 'token')
    assert.equal(readToken(path), undefined)
    const token = tokenIn(path)
    assert.equal(tokenIn(path), token)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.notEqual(newToken(), token)
  })

  it('is not written where others read it already', () => {
    const path = join(directory, 'open')
    writeFileSync(path, 'no token\n')
    chmodSync(path, 0o644)
    assert.match(tokenIn(path), /^[\w-]{43}$/)
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })
})
