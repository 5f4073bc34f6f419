import assert from 'node:assert/strict'
import type { Pod } from '../../api/types.ts'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { podOf, shell } from './manifests.ts'

const directory = '/var/run/secrets/tokens'
const sources = [
  { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
  { serviceAccountToken: { path: 'vault', audience: 'vault', expirationSeconds: 700 } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
]

describe('tokens of pods on a real cluster', () => {
  let cluster: TestCluster
  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    this.timeout(60_000)
    cluster = await startCluster({ storage: 'sqlite' })
    await cluster.kubectl(['create', 'serviceaccount', 'robot'])
    await cluster.kubectl(['create', 'role', 'lister', '--verb=list', '--resource=pods'])
    const subject = '--serviceaccount=default:robot'
    await cluster.kubectl(['create', 'rolebinding', 'robot', '--role=lister', subject])
    const mounts = { volumeMounts: [{ name: 'tokens', mountPath: directory }] }
    await cluster.apply(
      podOf('client', {
        serviceAccountName: 'robot',
        securityContext: { runAsUser: 1000 },
        containers: [shell('wait_for_end', mounts)],
        volumes: [{ name: 'tokens', projected: { sources } }],
      }),
    )
    await cluster.waitFor('pod/client', 'condition=Ready')
  })
  after(() => cluster?.reset())

  const inPod = (...command: string[]) => cluster.kubectl(['exec', 'client', '--', ...command])
  /** With the token alone: no certificate is shown. */
  const ask = async (token: string, path: string) => {
    const url = `https://127.0.0.1:${cluster.apiPort}${path}`
    const header = `Authorization: Bearer ${token}`
    const { stdout } = await run('curl', ['-sk', '-w', '\n%{http_code}', '-H', header, url])
    return Number(stdout.trim().split('\n').at(-1))
  }

  it('are in their volume, readable for those who run the pod', async () => {
    assert.match(await inPod('ls', '-lLn', `${directory}/token`), /^-rw------- +1 1000 /)
    assert.match(await inPod('cat', `${directory}/ca.crt`), /BEGIN CERTIFICATE/)
  })

  it('open what the account may do, and nothing else, until the pod is gone', async function () {
    need(this, hasProgram('curl'), 'needs curl')
    const token = (await inPod('cat', `${directory}/token`)).trim()
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const pod = await cluster.get<Pod>('pod/client')
    assert.equal(claims['kubernetes.io'].pod.uid, pod.metadata.uid)
    assert.equal(claims['kubernetes.io'].node.name, pod.spec?.nodeName)
    assert.equal(await ask(token, '/api/v1/namespaces/default/pods'), 200)
    assert.equal(await ask(token, '/api/v1/namespaces/default/secrets'), 403)
    const vault = (await inPod('cat', `${directory}/vault`)).trim()
    assert.equal(await ask(vault, '/api/v1/namespaces/default/pods'), 401)
    await cluster.kubectl(['delete', 'pod', 'client'])
    assert.equal(await ask(token, '/api/v1/namespaces/default/pods'), 401)
  })
})
