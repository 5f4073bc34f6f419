import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { Container, Probe } from '../../api/types.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { type Runtime, RuntimeError } from '../runtime/runtime.ts'
import { nodeProber } from './prober.ts'

const container: Container = { name: 'main', ports: [{ name: 'web', containerPort: 8080 }] }

describe('probes of a real container', () => {
  let server: http.Server
  let port: number
  before(async () => {
    server = http.createServer((request, response) => {
      const status = Number(request.url?.slice(1))
      if (request.url === '/hang') return
      if (request.url === '/away') response.setHeader('location', 'http://example.invalid/')
      if (request.url === '/next') response.setHeader('location', '/200')
      response.statusCode = Number.isNaN(status) ? 302 : status
      response.end('x'.repeat(100_000))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const probe = (probe: Probe, runtime: Partial<Runtime> = {}) =>
    nodeProber(runtime as Runtime, systemClock).probe({
      kind: 'liveness',
      probe,
      pod: { metadata: {} },
      container,
      id: 'id',
      ip: '127.0.0.1',
      startedAt: 0,
    })
  const get = async (path: string, timeoutSeconds = 1) =>
    (await probe({ httpGet: { path, port }, timeoutSeconds })).result

  it('over HTTP pass from 200 to 399', async () => {
    assert.equal(await get('/200'), 'success')
    assert.equal(await get('/399'), 'success')
    assert.deepEqual(await probe({ httpGet: { path: '/404', port } }), {
      result: 'failure',
      message: 'HTTP probe failed with statuscode: 404',
    })
    assert.equal(await get('/500'), 'failure')
  })

  it('over HTTP follow redirects to the same host, and take others for success', async () => {
    assert.equal(await get('/next'), 'success')
    assert.equal(await get('/away'), 'success')
  })

  it('over HTTP fail when nobody listens or answers in time', async () => {
    const silent = await probe({ httpGet: { path: '/hang', port }, timeoutSeconds: 0.05 })
    assert.match(silent.result === 'failure' ? silent.message : '', /deadline exceeded/)
    const closed = await probe({ httpGet: { path: '/', port: 1 } })
    assert.match(
      closed.result === 'failure' ? closed.message : '',
      /dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
    )
  })

  it('name ports as the container does', async () => {
    const unknown = await probe({ httpGet: { path: '/', port: 'nope' } })
    assert.deepEqual(unknown, { result: 'unknown', message: "couldn't find port: nope" })
  })

  it('over TCP pass when somebody listens', async () => {
    assert.equal((await probe({ tcpSocket: { port } })).result, 'success')
    assert.equal((await probe({ tcpSocket: { port: 1 } })).result, 'failure')
  })

  it('over gRPC pass when the service is serving', async () => {
    const definition = loadSync(join(import.meta.dirname, 'health.proto'), { enums: String })
    const service = definition['grpc.health.v1.Health'] as grpc.ServiceDefinition
    const health = new grpc.Server()
    health.addService(service, {
      Check: (
        call: grpc.ServerUnaryCall<{ service: string }, object>,
        reply: grpc.sendUnaryData<object>,
      ) => reply(null, { status: call.request.service === 'bad' ? 'NOT_SERVING' : 'SERVING' }),
    })
    const grpcPort = await new Promise<number>((resolve, reject) =>
      health.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    try {
      assert.equal((await probe({ grpc: { port: grpcPort } })).result, 'success')
      assert.equal((await probe({ grpc: { port: grpcPort, service: 'bad' } })).result, 'failure')
      assert.equal((await probe({ grpc: { port: 1 } })).result, 'failure')
    } finally {
      health.forceShutdown()
    }
  })

  it('by a command pass with code 0; a runtime in trouble says nothing about the container', async () => {
    const exec = { command: ['x'] }
    const answer = (exitCode: number) => async () => ({
      exitCode,
      stdout: Buffer.from('out'),
      stderr: Buffer.from('err'),
    })
    assert.equal((await probe({ exec }, { exec: answer(0) })).result, 'success')
    assert.deepEqual(await probe({ exec }, { exec: answer(1) }), {
      result: 'failure',
      message: 'outerr',
    })
    const failing = (code: 'deadlineExceeded' | 'unavailable') => ({
      exec: () => Promise.reject(new RuntimeError(code, 'no')),
    })
    assert.equal((await probe({ exec }, failing('deadlineExceeded'))).result, 'failure')
    assert.equal((await probe({ exec }, failing('unavailable'))).result, 'unknown')
  })
})
