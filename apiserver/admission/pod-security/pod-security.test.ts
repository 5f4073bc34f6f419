import assert from 'node:assert/strict'
import { givenObjects } from '../../registry/testing/given-objects.ts'
import { deployments } from '../../resources/apps/deployment.ts'
import { namespaces } from '../../resources/core/namespace.ts'
import { refusalOf, type Wish } from '../testing/plugin-lab.ts'
import { evaluate } from './evaluate.ts'
import { podSecurity } from './pod-security.ts'
import type { Level } from './policy.ts'

const label = (mode: string) => `pod-security.kubernetes.io/${mode}`
const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const spec = (securityContext: object = {}, more: object = {}) => ({
  containers: [{ name: 'c', image: 'i', securityContext }],
  ...more,
})
const judge = (level: Level, podSpec: object, version = 'latest', annotations = {}) =>
  evaluate({ level, version }, { metadata: { annotations }, spec: podSpec as never })?.details ?? ''

describe('Pod Security Standards', () => {
  const baseline: [string, object, string][] = [
    [
      'unconfined AppArmor',
      spec({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'capabilities',
      spec({ capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_RAW'] } }),
      'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      "the host's namespaces",
      spec({}, { hostNetwork: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostIPC=true)',
    ],
    [
      "the host's files",
      spec({}, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      'hostPath volumes (volume "v")',
    ],
    [
      "the host's ports",
      { containers: [{ name: 'a', ports: [{ hostPort: 20 }, { hostPort: 10 }] }] },
      'hostPort (container "a" uses hostPorts 10, 20)',
    ],
    [
      'probes of others',
      { containers: [{ name: 'a', livenessProbe: { httpGet: { host: 'h', port: 1 } } }] },
      'probe or lifecycle host (container "a" uses probe or lifecycle host "h")',
    ],
    [
      'privilege',
      { initContainers: [{ name: 'i', securityContext: { privileged: true } }], ...spec() },
      'privileged (container "i" must not set securityContext.privileged=true)',
    ],
    [
      'an unmasked /proc',
      spec({ procMount: 'Unmasked' }),
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'other SELinux domains',
      spec({ seLinuxOptions: { type: 'spc_t', user: 'u' } }),
      'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      'unconfined seccomp',
      spec({}, { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls',
      spec({}, { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'host processes',
      spec({ windowsOptions: { hostProcess: true } }),
      'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ]
  for (const [what, podSpec, text] of baseline)
    it(`forbid ${what} from the baseline on`, () => {
      assert.equal(judge('baseline', podSpec), text)
      assert.equal(judge('privileged', podSpec), '')
      assert.notEqual(judge('restricted', podSpec), '')
    })

  it('ask a restricted pod to be hardened', () => {
    assert.equal(
      judge('restricted', spec()),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    )
    assert.equal(judge('restricted', spec(hardened)), '')
    assert.equal(judge('baseline', spec()), '')
  })

  const restricted: [string, object, string][] = [
    [
      'root by number',
      spec({ ...hardened, runAsUser: 0 }),
      'runAsUser=0 (container "c" must not set runAsUser=0)',
    ],
    [
      'root by word',
      spec({ ...hardened, runAsNonRoot: false }),
      'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'other volumes',
      spec(hardened, { volumes: [{ name: 'v', nfs: { server: 's', path: '/' } }] }),
      'restricted volume types (volume "v" uses restricted volume type "nfs")',
    ],
    [
      'more than one capability',
      spec({ ...hardened, capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
      'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
  ]
  for (const [what, podSpec, text] of restricted)
    it(`forbid a restricted pod ${what}`, () => {
      assert.equal(judge('restricted', podSpec), text)
    })

  it('are those of the version that is asked for', () => {
    const tcp = { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }
    assert.equal(judge('baseline', spec({}, tcp), 'v1.31'), 'forbidden sysctls (net.ipv4.tcp_rmem)')
    assert.equal(judge('baseline', spec({}, tcp), 'v1.32'), '')
    assert.doesNotMatch(judge('restricted', spec(), 'v1.7'), /allowPrivilegeEscalation/)
    const root = spec({ ...hardened, runAsNonRoot: undefined }, { hostUsers: false })
    assert.equal(judge('restricted', root), '')
    assert.notEqual(judge('restricted', root, 'v1.34'), '')
  })
})

describe('PodSecurity', () => {
  const plugin = (labels: Record<string, string>, pods: object[] = []) =>
    podSecurity(
      givenObjects({ namespaces: [{ metadata: { name: 'ns', labels } }], pods: pods as never }),
    )
  const enforced = plugin({ [label('enforce')]: 'restricted' })
  const warned = async (by: ReturnType<typeof plugin>, wish: Wish) => {
    const warnings: string[] = []
    assert.equal(await refusalOf(by, { ...wish, warn: (text) => warnings.push(text) }), '')
    return warnings
  }

  it('refuses pods that the level does not allow', async () => {
    assert.match(
      await refusalOf(enforced, { object: { spec: spec() } }),
      /^403 pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false \(/,
    )
    assert.equal(await refusalOf(enforced, { object: { spec: spec(hardened) } }), '')
    assert.equal(await refusalOf(plugin({}), { object: { spec: spec({ privileged: true }) } }), '')
  })

  it('holds pods against the level of a namespace that another server has just made', async () => {
    const labels = { [label('enforce')]: 'restricted' }
    const stored = givenObjects({ namespaces: [{ metadata: { name: 'ns', labels } }] })
    const behind = podSecurity({ ...stored, get: () => undefined })
    assert.match(
      await refusalOf(behind, { object: { spec: spec() } }),
      /violates PodSecurity "restricted:latest"/,
    )
  })

  it('checks containers that are added later, and no change that does not matter', async () => {
    const old = { spec: spec() }
    const ephemeralContainers = [{ name: 'debug', image: 'i' }]
    const change = { operation: 'UPDATE', old } as const
    assert.match(
      await refusalOf(enforced, {
        ...change,
        subresource: 'ephemeralcontainers',
        object: { spec: { ...spec(hardened), ephemeralContainers } },
      }),
      /container "debug" must set/,
    )
    const labelled = { ...old, metadata: { name: 'x', labels: { a: 'b' } } }
    assert.equal(await refusalOf(enforced, { ...change, object: labelled }), '')
    const image = { spec: { containers: [{ name: 'c', image: 'other' }] } }
    assert.match(await refusalOf(enforced, { ...change, object: image }), /violates PodSecurity/)
    assert.equal(await refusalOf(enforced, { ...change, subresource: 'status', object: image }), '')
  })

  it('warns of pods, and of what makes pods', async () => {
    const by = plugin({ [label('warn')]: 'baseline', [label('warn-version')]: 'v1.30' })
    const bad = spec({ privileged: true })
    const text =
      'would violate PodSecurity "baseline:v1.30": privileged (container "c" must not set securityContext.privileged=true)'
    assert.deepEqual(await warned(by, { object: { spec: bad } }), [text])
    const template = { metadata: {}, spec: bad }
    assert.deepEqual(await warned(by, { resource: deployments, object: { spec: { template } } }), [
      text,
    ])
    const [enforcedToo] = await warned(enforced, {
      resource: deployments,
      object: { spec: { template } },
    })
    assert.match(enforcedToo ?? '', /^would violate PodSecurity "restricted:latest": privileged \(/)
  })

  it('wants labels that say something', async () => {
    const wish = (labels: object, old?: object): Wish => ({
      resource: namespaces,
      name: 'ns',
      operation: old ? 'UPDATE' : 'CREATE',
      object: { metadata: { name: 'ns', labels } },
      ...(old && { old: { metadata: { name: 'ns', labels: old } } }),
    })
    const bad = { [label('enforce')]: 'strict', [label('warn-version')]: '1' }
    assert.equal(
      await refusalOf(plugin({}), wish(bad)),
      '422 Namespace "ns" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1": must be "latest" or "v1.x"]',
    )
    assert.equal(await refusalOf(plugin({}), wish(bad, bad)), '')
    assert.match(await refusalOf(plugin({}), wish({ ...bad, [label('audit')]: 'x' }, bad)), /^422/)
  })

  it('tells which pods would not be let in again', async () => {
    const pod = (name: string, podSpec: object) => ({
      metadata: { name, namespace: 'ns' },
      spec: podSpec,
    })
    const privileged = spec({ privileged: true })
    const by = plugin({}, [pod('b', privileged), pod('a', privileged), pod('fine', spec())])
    const warnings = await warned(by, {
      resource: namespaces,
      name: 'ns',
      operation: 'UPDATE',
      object: { metadata: { name: 'ns', labels: { [label('enforce')]: 'baseline' } } },
      old: { metadata: { name: 'ns' } },
    })
    assert.deepEqual(warnings, [
      'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): privileged',
    ])
  })

  it('tells the audit log what was enforced, what would not have passed, and what it could not read', async () => {
    const said: Record<string, string> = {}
    const audit = {
      annotate: (key: string, value: string) => {
        said[key] = value
      },
    }
    const by = plugin({ [label('audit')]: 'baseline', [label('warn')]: 'any' })
    const privileged = spec({ privileged: true })
    assert.equal(await refusalOf(by, { audit, object: { spec: privileged } }), '')
    const violations =
      'would violate PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)'
    const error =
      'Failed to parse policy: metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "any": must be one of privileged, baseline, restricted'
    assert.deepEqual(said, {
      [label('enforce-policy')]: 'privileged:latest',
      [label('audit-violations')]: violations,
      [label('error')]: error,
    })
    delete said[label('enforce-policy')]
    const object = { spec: { template: { spec: privileged } } }
    await refusalOf(by, { audit, resource: deployments, object })
    assert.deepEqual(said, { [label('audit-violations')]: violations, [label('error')]: error })
  })
})
