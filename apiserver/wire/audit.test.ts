import assert from 'node:assert/strict'
import { request } from 'node:https'
import { systemClock } from '../../ports/system-clock.ts'
import { AuditLog } from '../audit/audit-log.ts'
import { parsePolicy } from '../audit/policy.ts'
import type { KeyPair } from '../auth/certificates.ts'
import { badRequest } from '../http/status.ts'
import type { SubresourceHandler } from '../http/subresource-handler.ts'
import { startWireServer, type WireServer } from './wire.ts'

const rules = [
  { level: 'None', users: ['quiet'] },
  { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] },
  { level: 'Metadata', nonResourceURLs: ['/version'] },
  {
    level: 'Metadata',
    verbs: ['watch'],
    resources: [{ group: '', resources: ['configmaps'] }],
  },
  { level: 'Metadata', resources: [{ resources: ['pods/exec', 'componentstatuses'] }] },
  {
    level: 'RequestResponse',
    resources: [{ group: '', resources: ['configmaps', 'services/proxy'] }],
    omitManagedFields: true,
    omitStages: ['RequestReceived'],
  },
]
const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }

const maps = '/api/v1/namespaces/default/configmaps'
const map = (name: string, data = {}) => ({ metadata: { name }, data })

/** Says no to a command that it does not know. */
const exec: SubresourceHandler = {
  serve: () => assert.fail('nobody asks for it without an upgrade'),
  async upgrade({ socket }, { query }) {
    if (query.get('command') === 'bad') throw badRequest('no such command')
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  },
}

const failOn =
  (wrong: string) =>
  ({ name }: { name: string }) => {
    if (name === wrong) throw new TypeError('it does not work')
  }

describe('the audit log', () => {
  let wire: WireServer
  let jane: KeyPair
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever was written
  const events: any[] = []
  let wrote = () => {}
  before(async () => {
    const target = {
      name: 'memory',
      append: async (lines: Buffer) => {
        for (const line of lines.toString().trimEnd().split('\n')) events.push(JSON.parse(line))
        wrote()
      },
      close: async () => {},
    }
    const audit = new AuditLog({
      policy: parsePolicy(Buffer.from(JSON.stringify(policy))),
      target,
      clock: systemClock,
      report: assert.ifError,
    })
    wire = await startWireServer({
      audit,
      handlers: new Map([['pods/exec', exec]]),
      admission: [{ name: 'Broken', validate: failOn('broken') }],
    })
    jane = await wire.authority.issue({ commonName: 'jane', organizations: ['dev'], client: true })
  })
  after(() => wire.close())

  /** What is written on account of it: the end of an answer reaches its client before the log. */
  async function during(work: () => Promise<unknown>, last = 'ResponseComplete') {
    events.length = 0
    await work()
    while (events.at(-1)?.stage !== last)
      await new Promise<void>((resolve) => {
        wrote = resolve
      })
    return [...events]
  }

  it('tells who did what, where, and how it went', async () => {
    const [received, complete, ...others] = await during(() =>
      wire.ask('GET', '/api/v1/namespaces/default/secrets/none?x=1', {
        as: jane,
        headers: {
          'User-Agent': 'curl',
          'Audit-ID': 'chosen',
          'X-Forwarded-For': '10.0.0.7, not-an-address',
          'X-Real-Ip': '10.0.0.8',
        },
      }),
    )
    assert.deepEqual(others, [])
    const { requestReceivedTimestamp, stageTimestamp, user, ...rest } = received
    assert.match(requestReceivedTimestamp, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    assert.equal(stageTimestamp, requestReceivedTimestamp)
    assert.equal(user.username, 'jane')
    assert.deepEqual(user.groups, ['dev', 'system:authenticated'])
    const common = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: 'chosen',
      requestURI: '/api/v1/namespaces/default/secrets/none?x=1',
      verb: 'get',
      sourceIPs: ['10.0.0.7', '10.0.0.8', '127.0.0.1'],
      userAgent: 'curl',
      objectRef: { resource: 'secrets', namespace: 'default', name: 'none', apiVersion: 'v1' },
    }
    assert.deepEqual(rest, { ...common, stage: 'RequestReceived' })
    assert.partialDeepStrictEqual(complete, {
      ...common,
      stage: 'ResponseComplete',
      responseStatus: { metadata: {}, status: 'Failure', reason: 'Forbidden', code: 403 },
      annotations: {
        'authorization.k8s.io/decision': 'forbid',
        'authorization.k8s.io/reason': '',
      },
    })
  })

  it('holds what was sent and what was answered where the policy says so, but no managers', async () => {
    const [created] = await during(() =>
      wire.ask('POST', maps, {
        body: map('one', { k: 'v' }),
        headers: { 'Audit-ID': 'x'.repeat(200) },
      }),
    )
    assert.equal(created.stage, 'ResponseComplete')
    assert.match(created.auditID, /^[0-9a-f-]{36}$/)
    assert.equal(created.objectRef.name, 'one')
    assert.deepEqual(created.responseStatus, { metadata: {}, code: 201 })
    assert.deepEqual(created.requestObject, {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      ...map('one', { k: 'v' }),
    })
    assert.equal(created.responseObject.data.k, 'v')
    assert.equal(created.responseObject.metadata.managedFields, undefined)
    const [patched] = await during(() =>
      wire.ask('PATCH', `${maps}/one`, { body: { data: { k: 'w' } } }),
    )
    assert.deepEqual(patched.requestObject, { data: { k: 'w' } })
    const [listed] = await during(() => wire.ask('GET', maps))
    assert.deepEqual(listed.responseObject.items.length, 1)
    assert.equal(listed.responseObject.items[0].metadata.managedFields, undefined)
    const [deleted] = await during(() =>
      wire.ask('DELETE', `${maps}/one`, { body: { gracePeriodSeconds: 0 } }),
    )
    assert.equal(deleted.requestObject.gracePeriodSeconds, 0)
    assert.equal(deleted.responseStatus.status, 'Success')
    assert.equal(deleted.responseObject.kind, 'Status')
  })

  it('says whose rights were used, and whom somebody was', async () => {
    const [, complete] = await during(() =>
      wire.ask('GET', '/version', { headers: { 'Impersonate-User': 'zoe' } }),
    )
    assert.equal(complete.user.username, 'admin')
    assert.equal(complete.impersonatedUser.username, 'zoe')
    assert.equal(complete.objectRef, undefined)
    assert.match(
      complete.annotations['authorization.k8s.io/reason'],
      /^RBAC: allowed by ClusterRoleBinding "system:/,
    )
  })

  it('tells of what should not have happened, and of what should not be used any more', async () => {
    const [panic] = await during(() => wire.ask('POST', maps, { body: map('broken') }), 'Panic')
    assert.deepEqual(panic.responseStatus, {
      metadata: {},
      status: 'Failure',
      message: "APIServer panic'd: it does not work",
      reason: 'InternalError',
      code: 500,
    })
    assert.equal(wire.reported.length, 1)
    const old = await during(() => wire.ask('GET', '/api/v1/componentstatuses'))
    assert.equal(old.at(-1).annotations['k8s.io/deprecated'], 'true')
  })

  it('tells when a watch begins and when it ends', async () => {
    const seen = await during(async () => {
      const stream = await wire.watch(`${maps}?watch=1`)
      stream.close()
    })
    assert.deepEqual(
      seen.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
      [
        ['RequestReceived', undefined],
        ['ResponseStarted', 200],
        ['ResponseComplete', 200],
      ],
    )
  })

  it('tells of connections that become something else, or are not let', async () => {
    const upgrade = (command: string, { certificate, key }: KeyPair) =>
      new Promise((resolve, reject) => {
        const path = `/api/v1/namespaces/default/pods/p/exec?command=${command}`
        const headers = { connection: 'Upgrade', upgrade: 'x' }
        const tls = { ca: wire.authority.certificate, cert: certificate, key, agent: false }
        const place = { host: '127.0.0.1', port: wire.server.port, path }
        const outgoing = request({ ...place, ...tls, headers })
        outgoing.once('upgrade', (_response, socket) => resolve(socket.end()))
        outgoing.once('response', (response) => resolve(response.resume()))
        outgoing.once('error', reject)
        outgoing.end()
      })
    const told = async (command: string, who: KeyPair) =>
      (await during(() => upgrade(command, who))).map(({ stage, responseStatus }) => [
        stage,
        responseStatus?.code,
        responseStatus?.reason,
      ])
    const all = (code: number, reason?: string) => [
      ['RequestReceived', undefined, undefined],
      ['ResponseStarted', code, reason],
      ['ResponseComplete', code, reason],
    ]
    assert.deepEqual(await told('ls', wire.admin), all(101))
    assert.deepEqual(await told('bad', wire.admin), all(400, 'BadRequest'))
    assert.deepEqual(await told('ls', jane), all(403, 'Forbidden'))
  })

  it('tells of proofs that do not hold, and of nobody whom it is to leave alone', async () => {
    const quiet = await wire.authority.issue({ commonName: 'quiet', client: true })
    const [failed, ...others] = await during(async () => {
      await wire.ask('GET', '/version', { as: quiet })
      await wire.ask('GET', '/healthz')
      await wire.ask('GET', '/version', { as: null, headers: { Authorization: 'Bearer nonsense' } })
    }, 'ResponseStarted')
    assert.deepEqual(others, [])
    assert.deepEqual([failed.stage, failed.user], ['ResponseStarted', {}])
    assert.deepEqual(failed.responseStatus, {
      metadata: {},
      status: 'Failure',
      message: 'Authentication failed, attempted: bearer',
      code: 401,
    })
  })

  it('holds what policies say of a write, once for all of their bindings', async () => {
    const group = '/apis/admissionregistration.k8s.io/v1'
    const kind = 'ValidatingAdmissionPolicy'
    const rule = {
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: ['configmaps'],
      operations: ['CREATE'],
    }
    await wire.ask('POST', `${group}/validatingadmissionpolicies`, {
      body: {
        metadata: { name: 'said' },
        spec: {
          matchConstraints: { resourceRules: [rule] },
          validations: [{ expression: 'true' }, { expression: 'false', message: 'never' }],
          auditAnnotations: [
            { key: 'name', valueExpression: "' ' + object.metadata.name" },
            { key: 'nothing', valueExpression: 'null' },
          ],
        },
      },
    })
    for (const name of ['one', 'two'])
      await wire.ask('POST', `${group}/validatingadmissionpolicybindings`, {
        body: {
          kind: `${kind}Binding`,
          metadata: { name },
          spec: { policyName: 'said', validationActions: ['Audit'] },
        },
      })
    const [{ responseStatus, annotations }] = await during(() =>
      wire.ask('POST', maps, { body: map('two') }),
    )
    assert.equal(responseStatus.code, 201)
    const { 'validation.policy.admission.k8s.io/validation_failure': failure, ...rest } =
      annotations
    assert.deepEqual(JSON.parse(failure), [
      {
        message: 'never',
        policy: 'said',
        binding: 'one',
        expressionIndex: 1,
        validationActions: ['Audit'],
      },
    ])
    assert.equal(rest['said/name'], 'two')
    assert.equal('said/nothing' in rest, false)
  })

  it('is counted', async () => {
    const { text } = await wire.ask('GET', '/metrics')
    assert.match(text, /apiserver_audit_event_total [1-9]/)
    assert.match(text, /apiserver_audit_level_total\{level="None"\} [1-9]/)
  })
})
