/**
 * A request for a certificate (PKCS #10) as far as it must be read to know that who asks has the key: which key, and
 * whether the request is signed with it. What the request asks for is the signers' to read.
 */

import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** One value of DER with all that is in it. */
interface Value {
  tag: number
  /** Without the tag and the length. */
  content: Buffer
  /** With them. */
  whole: Buffer
}

const sequence = 0x30
const bitString = 0x03
const objectIdentifier = 0x06
const malformed = 'asn1: structure error: malformed certificate request'

/** By the hexadecimal content of the algorithm's identifier: the hash, none where the key decides. */
const hashes = new Map<string, string | null>([
  ['2a864886f70d010105', 'sha1'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d0401', 'sha1'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null],
])

/** What is wrong with a request in PEM; `undefined` for a good one. */
export function certificateRequestProblem(pem: string): string | undefined {
  const text = requestIn(pem)
  if (text === undefined) return 'PEM block type must be CERTIFICATE REQUEST'
  const request = read(Buffer.from(text, 'base64'))
  const [info, algorithm, signature, ...more] = request?.tag === sequence ? inside(request) : []
  if (!info || !algorithm || signature?.tag !== bitString || more.length > 0) return malformed
  const [, , keyInfo] = inside(info)
  const [identifier] = inside(algorithm)
  const key = keyInfo && publicKey(keyInfo.whole)
  if (!key || identifier?.tag !== objectIdentifier) return malformed
  const hash = hashes.get(identifier.content.toString('hex'))
  if (hash === undefined) return 'x509: cannot verify signature: algorithm unimplemented'
  return verify(hash, info.whole, key, signature.content.subarray(1))
    ? undefined
    : `x509: ${key.asymmetricKeyType} verification failure`
}

/** Beginnings of blocks that are followed to their ends; what is in front of a good one has none. */
const mostBlocks = 16

/** What stands in the first block that has an end, if that is a request. */
function requestIn(pem: string): string | undefined {
  let blocks = 0
  for (const { 0: opening, 1: type = '', index } of pem.matchAll(/-----BEGIN ([^-]+)-----\s/g)) {
    if (++blocks > mostBlocks) return undefined
    const start = index + opening.length
    const end = pem.indexOf(`-----END ${type}-----`, start)
    if (end >= 0) return type === 'CERTIFICATE REQUEST' ? pem.slice(start, end) : undefined
  }
  return undefined
}

function publicKey(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/** The first value of the bytes; `undefined` where there is none, or not all of it. */
function read(bytes: Buffer): Value | undefined {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) return undefined
  const more = first & 0x80 ? first & 0x7f : 0
  if (more > 4 || bytes.length < 2 + more) return undefined
  const length = more > 0 ? bytes.readUIntBE(2, more) : first
  const end = 2 + more + length
  if (bytes.length < end) return undefined
  return { tag, content: bytes.subarray(2 + more, end), whole: bytes.subarray(0, end) }
}

/** The values in a sequence; none of what is not one. */
function inside({ content }: Value): Value[] {
  const values: Value[] = []
  for (let rest = content; rest.length > 0; ) {
    const value = read(rest)
    if (!value) return []
    values.push(value)
    rest = rest.subarray(value.whole.length)
  }
  return values
}
