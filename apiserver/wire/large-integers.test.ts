/** Fields of 64 bits hold more than a double does: they are judged, kept and shown exactly, and surprise nobody. */

import assert from 'node:assert/strict'
import { startWireServer, type WireServer } from './wire.ts'

const largest = '9223372036854775807'
const numbers = [largest, `-${largest}`, '9007199254740993']
const core = '/api/v1/namespaces/default'

const pod = (spec: string) => `{"spec":{"containers":[{"name":"c","image":"i"}],${spec}}}`
const container = (more: string) => `{"spec":{"containers":[{"name":"c","image":"i",${more}}]}}`
const template =
  '"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}'

/** Objects without their metadata, `@` for the number. */
const objects: [string, string][] = [
  [`${core}/pods`, pod('"terminationGracePeriodSeconds":@')],
  [`${core}/pods`, pod('"activeDeadlineSeconds":@')],
  [`${core}/pods`, pod('"securityContext":{"runAsUser":@,"fsGroup":@,"supplementalGroups":[@]}')],
  [
    `${core}/pods`,
    pod(
      '"tolerations":[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":@}]',
    ),
  ],
  [
    `${core}/pods`,
    pod(
      '"volumes":[{"name":"v","projected":{"sources":[{"serviceAccountToken":{"path":"a","expirationSeconds":@}}]}}]',
    ),
  ],
  [`${core}/pods`, container('"securityContext":{"runAsUser":@,"runAsGroup":@}')],
  [
    `${core}/pods`,
    container('"livenessProbe":{"exec":{"command":["a"]},"terminationGracePeriodSeconds":@}'),
  ],
  [`${core}/pods`, container('"lifecycle":{"preStop":{"sleep":{"seconds":@}}}')],
  ['/apis/apps/v1/namespaces/default/controllerrevisions', '{"data":{},"revision":@}'],
  ['/apis/batch/v1/namespaces/default/jobs', `{"spec":{"activeDeadlineSeconds":@,${template}}}`],
  [
    '/apis/batch/v1/namespaces/default/cronjobs',
    `{"spec":{"schedule":"* * * * *","startingDeadlineSeconds":@,"jobTemplate":{"spec":{${template}}}}}`,
  ],
  [
    '/apis/storage.k8s.io/v1/csidrivers',
    '{"spec":{"tokenRequests":[{"audience":"a","expirationSeconds":@}]}}',
  ],
  ['/apis/storage.k8s.io/v1/csidrivers', '{"spec":{"nodeAllocatableUpdatePeriodSeconds":@}}'],
  [
    '/apis/resource.k8s.io/v1/resourceslices',
    '{"spec":{"driver":"d.io","nodeName":"n","pool":{"name":"p","generation":@,"resourceSliceCount":@}}}',
  ],
  [
    '/apis/resource.k8s.io/v1/namespaces/default/resourceclaims',
    '{"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"d","count":@}}]}}}',
  ],
]

describe('wire: integers larger than a double', () => {
  let wire: WireServer
  before(async () => {
    wire = await startWireServer()
  })
  after(async () => {
    await wire.close()
    assert.deepEqual(wire.reported, [])
  })

  it('are stored as they are or refused, and shown in tables', async () => {
    let stored = 0
    for (const [path, object] of objects)
      for (const number of numbers) {
        const text = object
          .replaceAll('@', number)
          .replace('{', '{"metadata":{"generateName":"n-"},')
        const answer = await wire.ask('POST', path, { body: text })
        assert.ok(answer.code === 201 || answer.code === 422, `${text}: ${answer.text}`)
        if (answer.code !== 201) continue
        assert.ok(answer.text.includes(`:${number}`), answer.text)
        stored++
      }
    assert.ok(stored > 5)
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    for (const path of new Set(objects.map(([path]) => path)))
      assert.equal((await wire.ask('GET', path, { headers: { accept } })).code, 200, path)
  })

  it('are no reason to fail where they are options', async () => {
    for (const number of numbers) {
      const body = `{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":${number}}`
      const { code, text } = await wire.ask('DELETE', `${core}/pods/none`, { body })
      assert.ok(code >= 400 && code < 500, text)
      const made = await wire.ask('POST', `${core}/configmaps`, {
        body: { metadata: { name: 'a' } },
      })
      assert.equal(made.code, 201, made.text)
      const gone = await wire.ask('DELETE', `${core}/configmaps/a`, { body })
      assert.equal(gone.code, 200, gone.text)
    }
  })
})
