import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubectls } from '../../test/e2e/programs.ts'
import { type KubectlHome, kubeconfigOf, kubectlHome } from './kubectl.ts'
import { startWireServer, type WireServer } from './wire.ts'

for (const { version, path: kubectl } of kubectls())
  describe(`wire: access by kubectl ${version}`, () => {
    let wire: WireServer
    let home: KubectlHome
    let directory: string
    before(async () => {
      wire = await startWireServer()
      home = await kubectlHome(wire)
      directory = mkdtempSync(join(tmpdir(), 'access-'))
      await run('create', 'serviceaccount', 'robot')
    })
    after(async () => {
      rmSync(directory, { recursive: true })
      await home.remove()
      await wire.close()
    })

    const run = (...args: string[]) => home.run(kubectl, args)
    const refused = (...args: string[]) => home.run(kubectl, args, '', 1)

    /** Only a token, no certificate. */
    const withToken = async (token: string): Promise<string> => {
      const config = kubeconfigOf(wire)
      const users = [{ name: 'wire', user: { token } }]
      const file = join(directory, 'config')
      await writeFile(file, JSON.stringify({ ...config, users }))
      return `--kubeconfig=${file}`
    }

    it('says who one is, also with a token and as somebody else', async () => {
      assert.match(await run('auth', 'whoami'), /Username +admin\nGroups +\[system:masters /)
      const token = (await run('create', 'token', 'robot', '--duration=15m')).trim()
      const own = await run(await withToken(token), 'auth', 'whoami')
      assert.match(own, /Username +system:serviceaccount:default:robot/)
      assert.match(own, /UID +[0-9a-f-]{36}/)
      const other = await run('auth', 'whoami', '--as=zoe', '--as-group=dev', '--as-uid=9')
      assert.match(other, /Username +zoe/)
      assert.match(other, /Groups +\[dev system:authenticated\]/)
    })

    it('grants roles, and says what that changed', async () => {
      const asRobot = '--as=system:serviceaccount:default:robot'
      assert.match(await refused('auth', 'can-i', 'list', 'pods', asRobot), /^no/)
      await run('create', 'role', 'lister', '--verb=list,watch', '--resource=pods,deployments.apps')
      await run('create', 'rolebinding', 'robot', '--role=lister', '--serviceaccount=default:robot')
      assert.match(await run('auth', 'can-i', 'list', 'pods', asRobot), /^yes/)
      assert.match(await run('auth', 'can-i', 'watch', 'deployments.apps', asRobot), /^yes/)
      assert.match(await refused('auth', 'can-i', 'delete', 'pods', asRobot), /^no/)
      assert.match(await run('auth', 'can-i', 'get', '/healthz', asRobot), /^yes/)
      const rules = await run('auth', 'can-i', '--list', asRobot)
      assert.match(rules, /^pods +\[\] +\[\] +\[list watch\]$/m)
      assert.match(rules, /^deployments\.apps +\[\] +\[\] +\[list watch\]$/m)
      assert.match(rules, /\[\/api\/\*\] +\[\] +\[get\]/)
      const described = await run('describe', 'rolebinding', 'robot')
      assert.match(described, /ServiceAccount +robot +default/)
    })

    it('works with a token alone, as far as its roles go', async () => {
      const token = (await run('create', 'token', 'robot')).trim()
      const config = await withToken(token)
      assert.match(await run(config, 'get', 'pods'), /No resources found/)
      assert.match(
        await refused(config, 'get', 'secrets'),
        /User "system:serviceaccount:default:robot" cannot list resource "secrets" in API group "" in the namespace "default"/,
      )
      assert.match(await refused(await withToken('wrong'), 'get', 'pods'), /must be logged in/)
    })

    it('reconciles roles from a file', async () => {
      const role = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'reconciled' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      }
      const reconcile = (rules: object[]) =>
        home.run(kubectl, ['auth', 'reconcile', '-f', '-'], JSON.stringify({ ...role, rules }))
      assert.match(await reconcile(role.rules), /reconciled/)
      await reconcile([{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }])
      const verbs = await run(
        'get',
        'clusterrole',
        'reconciled',
        '-o',
        'jsonpath={.rules[*].verbs}',
      )
      assert.match(verbs, /list/)
    })
  })
