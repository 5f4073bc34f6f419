/** For tests: a webhook of its own on loopback, with a real certificate, that answers as it is told. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority } from '../../auth/certificates.ts'

export interface HookServer {
  port: number
  url(path?: string): string
  /** Base64, as configurations have it. */
  caBundle: string
  /** What was asked, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  asked: { path: string; body: any; host: string | undefined }[]
  close(): Promise<void>
}

export type Respond = (
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  body: any,
  response: ServerResponse,
  request: IncomingMessage,
) => object | undefined

const pki = createAuthority().then(async (authority) => ({
  authority,
  keys: await authority.issue({
    commonName: 'webhook',
    dnsNames: ['localhost', 'hook.system.svc'],
    ipAddresses: ['127.0.0.1'],
    server: true,
  }),
}))

/** @param respond what it returns is sent as JSON; `undefined`: it has answered itself, or never will */
export async function startHookServer(respond: Respond): Promise<HookServer> {
  const { authority, keys } = await pki
  const asked: HookServer['asked'] = []
  const server = createServer(
    { cert: keys.certificate, key: keys.key },
    async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const body = JSON.parse(Buffer.concat(chunks).toString())
      asked.push({ path: request.url ?? '', body, host: request.headers.host })
      const answer = respond(body, response, request)
      if (answer) response.end(JSON.stringify(answer))
    },
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: (path = '/') => `https://localhost:${port}${path}`,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
    asked,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections()
        server.close(() => closed())
      }),
  }
}

/** The answer to a review. */
export const review = (
  { request }: { request: { uid: string } },
  response: object = { allowed: true },
) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: request.uid, ...response },
})

/** A patch as reviews carry it. */
export const jsonPatch = (operations: unknown) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
})
