/** Programs in pods as clients of the API: with nothing but what every pod is given. */

import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { podOf, shell } from './manifests.ts'

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const api = 'https://kubernetes.default.svc'

/** The demo's image speaks no TLS that a server of today takes: a pod borrows the machine's own client. */
const borrowed = { usr: '/usr', lib: '/usr/lib', lib64: '/usr/lib64' }
const names = Object.keys(borrowed) as (keyof typeof borrowed)[]
const clientPod = (name: string): Pod =>
  podOf(name, {
    containers: [
      shell('wait_for_end', {
        volumeMounts: names.map((one) => ({ name: one, mountPath: `/${one}`, readOnly: true })),
      }),
    ],
    volumes: names.map((one) => ({ name: one, hostPath: { path: borrowed[one] } })),
  })

describe('the API from inside a pod', () => {
  let cluster: TestCluster
  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    need(this, hasProgram('curl'), 'needs curl')
    this.timeout(60_000)
    cluster = await startCluster({ storage: 'sqlite' })
    for (const name of ['client', 'bystander']) await cluster.apply(clientPod(name))
    await cluster.apply(
      podOf('without', { automountServiceAccountToken: false, containers: [shell()] }),
    )
    for (const name of ['client', 'bystander', 'without'])
      await cluster.waitFor(`pod/${name}`, 'condition=Ready')
  })
  after(() => cluster?.reset())

  const inPod = (pod: string, script: string) =>
    cluster.kubectl(['exec', pod, '--', 'sh', '-c', script])
  /** The status code, and the body where it is of use. */
  const ask = async (pod: string, path: string, token = `$(cat ${account}/token)`) => {
    const flags = `-sS --cacert ${account}/ca.crt -H "Authorization: Bearer ${token}"`
    const answer = await inPod(pod, `/usr/bin/curl ${flags} -w '\\n%{http_code}' '${api}${path}'`)
    const lines = answer.trimEnd().split('\n')
    return { code: Number(lines.pop()), body: lines.join('\n') }
  }
  const pods = '/api/v1/namespaces/default/pods'

  it('is found by name, proves who it is, and knows whom it speaks with', async () => {
    assert.equal((await inPod('client', `cat ${account}/namespace`)).trim(), 'default')
    assert.equal((await ask('client', '/version')).code, 200)
    const { code, body } = await ask('client', pods)
    assert.equal(code, 403)
    assert.match(
      body,
      /User \\"system:serviceaccount:default:default\\" cannot list resource \\"pods\\"/,
    )
    assert.equal((await ask('client', '/version', 'none')).code, 401)
  })

  it('opens what a role binding allows, there and nowhere else, until it is taken back', async () => {
    const binding = ['rolebinding', 'readers', '--clusterrole=view']
    await cluster.kubectl(['create', ...binding, '--serviceaccount=default:default'])
    const { code, body } = await ask('client', pods)
    assert.equal(code, 200)
    assert.ok((JSON.parse(body) as { items: Pod[] }).items.length >= 3)
    for (const path of [
      '/api/v1/namespaces/default/secrets',
      '/api/v1/namespaces/kube-system/pods',
    ])
      assert.equal((await ask('client', path)).code, 403, path)
    await cluster.kubectl(['delete', 'rolebinding', 'readers'])
    assert.equal((await ask('client', pods)).code, 403)
  })

  it('is closed to pods that want no token', async () => {
    const { spec } = await cluster.get<Pod>('pod/without')
    assert.equal(spec?.volumes, undefined)
    await assert.rejects(inPod('without', `cat ${account}/token`), /No such file/)
  })

  it('goes on over a new token, which takes the place of the old one in the running pod', async function () {
    // As long as the waiting below may take.
    this.timeout(60_000)
    const old = (await inPod('client', `cat ${account}/token`)).trim()
    process.kill(await cluster.pidOf('kubelet'), 'SIGKILL')
    const renewed = `for i in $(seq 300); do [ "$(cat ${account}/token)" != ${old} ] && exit 0; sleep 0.1; done; exit 1`
    await untilServed(() => inPod('client', renewed))
    assert.equal((await ask('client', '/version')).code, 200)
    const { status } = await cluster.get<Pod>('pod/client')
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 0)
  })

  /** The supervisor takes a moment to notice a death, and nothing else says when commands are taken again. */
  async function untilServed<T>(call: () => Promise<T>): Promise<T> {
    for (let at = Date.now(); ; )
      try {
        return await call()
      } catch (error) {
        if (Date.now() - at > 20_000) throw error
      }
  }

  it('is closed as soon as the pod is gone', async () => {
    const token = (await inPod('client', `cat ${account}/token`)).trim()
    assert.equal((await ask('bystander', '/version', token)).code, 200)
    await cluster.kubectl(['delete', 'pod', 'client'])
    assert.equal((await ask('bystander', '/version', token)).code, 401)
  })
})
