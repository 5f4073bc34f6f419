import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node'
import { kubectls } from '../../test/e2e/programs.ts'
import { definition, established, version } from '../crds/examples.ts'
import { startWireServer, type WireServer } from './wire.ts'

const columns = [
  { name: 'Color', type: 'string', jsonPath: '.spec.color' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]
const schema = {
  openAPIV3Schema: {
    type: 'object',
    description: 'A thing with a color.',
    properties: {
      spec: {
        type: 'object',
        description: 'What is wanted.',
        properties: {
          color: { type: 'string', description: 'Of the surface.', enum: ['red', 'green'] },
          parts: {
            type: 'array',
            items: { type: 'object', properties: { count: { type: 'integer', minimum: 0 } } },
          },
        },
      },
    },
  },
}
const crd = definition({
  names: { shortNames: ['wd'], categories: ['all'] },
  versions: [version('v1', { schema, additionalPrinterColumns: columns })],
})
const widget = (spec: string) => `
apiVersion: example.com/v1
kind: Widget
metadata: {name: a, labels: {app: web}}
spec: ${spec}
`

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('wire: custom resources', function () {
  this.timeout(60_000)
  let wire: WireServer
  let directory: string

  beforeEach(async () => {
    wire = await startWireServer()
    directory = await mkdtemp(join(tmpdir(), 'wire-'))
    await writeFile(join(directory, 'config'), JSON.stringify(configOf(wire)))
    await writeFile(join(directory, 'crd.json'), JSON.stringify(crd))
  })

  afterEach(async () => {
    await wire.close()
    await rm(directory, { recursive: true })
    assert.deepEqual(wire.reported, [])
  })

  for (const { version: name, path } of kubectls())
    describe(`with kubectl ${name}`, () => {
      const run = (line: string, input = '', expected = 0) =>
        new Promise<string>((resolve, reject) => {
          const { PATH } = process.env
          const env = { PATH, HOME: directory, KUBECONFIG: join(directory, 'config') }
          const child = execFile(path, line.split(' '), { env }, (error, stdout, stderr) => {
            const code = error ? Number(error.code) : 0
            if (code === expected) resolve(stdout + stderr)
            else reject(new Error(`kubectl ${line} exited with ${code}: ${stdout}${stderr}`))
          })
          child.stdin?.end(input)
        })

      it('are defined, explained, applied, shown and deleted', async () => {
        assert.equal(
          await run(`apply -f ${join(directory, 'crd.json')}`),
          'customresourcedefinition.apiextensions.k8s.io/widgets.example.com created\n',
        )
        await run('wait --for=condition=Established crd/widgets.example.com --timeout=10s')
        const explained = await run('explain widgets.spec')
        assert.match(explained, /GROUP:\s+example.com\nKIND:\s+Widget\nVERSION:\s+v1/)
        assert.match(explained, /FIELD: spec <Object>/)
        assert.match(explained, /What is wanted\./)
        assert.match(explained, /color\t<string>/)
        assert.match(explained, /parts\t<\[\]Object>/)
        const binary = await run('explain widgets.spec --output=plaintext-openapiv2')
        assert.match(binary, /RESOURCE: spec <Object>/)

        const red = widget('{color: red, parts: [{count: 1}]}')
        assert.equal(await run('apply -f -', red), 'widget.example.com/a created\n')
        assert.equal(await run('apply -f -', red), 'widget.example.com/a unchanged\n')
        assert.match(await run('get wd'), /^NAME\s+COLOR\s+AGE\na\s+red\s+\d+s\n$/)
        assert.match(await run('get all'), /widget.example.com\/a\s+red/)

        const green = widget('{color: green, parts: [{count: 1}]}')
        assert.match(await run('diff -f -', green, 1), /^-\s+color: red\n\+\s+color: green$/m)
        assert.equal(await run('apply -f -', green), 'widget.example.com/a configured\n')
        const merged = '{"spec":{"color":"red"}}'
        assert.equal(
          await run(`patch wd a --type=merge -p ${merged}`),
          'widget.example.com/a patched\n',
        )

        const invalid = await run('apply -f -', widget('{color: pink}'), 1)
        assert.match(
          invalid,
          /The Widget "a" is invalid:.*spec.color: Unsupported value: "pink": supported values: "red", "green"/s,
        )
        const unknown = await run('apply -f -', widget('{colour: red}'), 1)
        assert.match(unknown, /strict decoding error: unknown field "spec.colour"/)
        assert.match(await run('label wd a x=y'), /labeled/)
        assert.equal(await run('get wd a -o jsonpath={.metadata.labels}'), '{"app":"web","x":"y"}')

        assert.equal(
          await run('delete crd widgets.example.com'),
          `customresourcedefinition.apiextensions.k8s.io "widgets.example.com" deleted\n`,
        )
        assert.match(
          await run('get widgets', '', 1),
          /the server could not find the requested resource/,
        )
      })

      it('are moved to another stored version by writing them anew', async () => {
        await run(`apply -f ${join(directory, 'crd.json')}`)
        await run('wait --for=condition=Established crd/widgets.example.com --timeout=10s')
        for (const one of ['one', 'two', 'three'])
          await run('create -f -', widget('{color: red}').replace('name: a', `name: ${one}`))
        const [v1] = crd.spec.versions as { name: string }[]
        const versions = [
          { ...v1, storage: false },
          { ...v1, name: 'v2' },
        ]
        await run('apply -f -', JSON.stringify({ ...crd, spec: { ...crd.spec, versions } }))
        const objects = await run('get widgets -o yaml')
        await run('replace -f -', objects)
        const { entries } = await wire.storage.range('/registry/example.com/widgets/')
        for (const { value } of entries)
          assert.equal(JSON.parse(value.toString()).apiVersion, 'example.com/v2')
        const shrunk = '{"status":{"storedVersions":["v2"]}}'
        await run(`patch crd widgets.example.com --subresource=status --type=merge -p ${shrunk}`)
      })
    })

  it("are followed by the published client's informer", async () => {
    const config = new KubeConfig()
    config.loadFromString(JSON.stringify(configOf(wire)))
    await wire.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: crd })
    const api = config.makeApiClient(CustomObjectsApi)
    const place = { group: 'example.com', version: 'v1', namespace: 'default', plural: 'widgets' }
    const made = (name: string, color: string) => ({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name },
      spec: { color },
    })
    const seen: string[] = []
    let heard = () => {}
    const list = async () =>
      (await api.listNamespacedCustomObject(place)) as KubernetesListObject<KubernetesObject>
    await established(wire, 'widgets.example.com')
    await api.createNamespacedCustomObject({ ...place, body: made('a', 'red') })
    const path = '/apis/example.com/v1/namespaces/default/widgets'
    const informer = makeInformer(config, path, list)
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, ({ metadata }) => {
        seen.push(`${event} ${metadata?.name}`)
        heard()
      })
    const connected = new Promise<void>((resolve) => informer.on('connect', () => resolve()))
    await informer.start()
    await connected
    await api.createNamespacedCustomObject({ ...place, body: made('b', 'green') })
    await wire.ask('PATCH', `${path}/b`, { body: { spec: { color: 'red' } } })
    await api.deleteNamespacedCustomObject({ ...place, name: 'a' })
    while (seen.length < 4)
      await new Promise<void>((wake) => {
        heard = wake
      })
    assert.deepEqual(seen, ['add a', 'add b', 'update b', 'delete a'])
    await informer.stop()
  })
})

function configOf(wire: WireServer): object {
  const cluster = {
    server: wire.server.url,
    'certificate-authority-data': base64(wire.authority.certificate),
  }
  const user = {
    'client-certificate-data': base64(wire.admin.certificate),
    'client-key-data': base64(wire.admin.key),
  }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'wire',
    contexts: [{ name: 'wire', context: { cluster: 'wire', user: 'wire' } }],
    clusters: [{ name: 'wire', cluster }],
    users: [{ name: 'wire', user }],
  }
}
