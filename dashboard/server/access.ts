/**
 * Who may ask the page's server: programs of this machine that know the token, and no page of another site. A browser can be
 * led here by any page (forged writes) or under another name (DNS rebinding): both are refused before anything is read. Pure.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from './refusal.ts'

/** Sent with every answer: the page may load and ask its own server alone, and nobody may frame it. */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "connect-src 'self'",
    // An empty icon spares the browser a question.
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** The names of this machine for itself. */
const names = ['127.0.0.1', 'localhost', '[::1]']

/** @throws Refusal unless the request was meant for this machine by name */
export function checkHost({ host }: IncomingHttpHeaders, port: number): void {
  if (names.some((name) => host === `${name}:${port}` || (port === 80 && host === name))) return
  throw new Refusal(
    421,
    'this server answers to 127.0.0.1, localhost and [::1] alone',
    `open http://127.0.0.1:${port}/`,
  )
}

/** @throws Refusal when a page of another origin asks; a write has to say where it comes from where it is a browser's */
export function checkOrigin(headers: IncomingHttpHeaders, port: number): void {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  const own = origin === undefined || names.some((name) => origin === `http://${name}:${port}`)
  if (own && (site === undefined || site === 'same-origin' || site === 'none')) return
  throw new Refusal(403, 'pages of other sites may not ask', 'use the page of this server')
}

/** Of equal length whatever they are, so that comparing takes the same time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** @throws Refusal without the token */
export function checkToken({ authorization = '' }: IncomingHttpHeaders, token: string): void {
  const given = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? ''
  if (timingSafeEqual(digest(given), digest(token))) return
  throw new Refusal(
    401,
    given ? 'the token is not that of this server' : 'the token is missing',
    'open the address that `tiphys dashboard` prints',
  )
}
