import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ConfigMap, Pod, Secret, Volume } from '../../api/types.ts'
import { type Files, writeFiles } from './atomic-directory.ts'
import { type Mounter, mountPoints, systemMounter } from './mounter.ts'
import type { PodTokens } from './pod-tokens.ts'
import { bindSubPath } from './sub-path.ts'
import { VolumeError } from './volume.ts'
import { nodeVolumes } from './volumes.ts'

const facts = {
  hostIPs: ['192.0.2.1'],
  podIPs: [],
  allocatable: { milliCpu: 1000, memoryBytes: 2 ** 30, storageBytes: 2 ** 30 },
}
const files = (contents: Record<string, string>, mode = 0o644): Files =>
  new Map(Object.entries(contents).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))

describe('volumes', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync('/tmp/tiphys-volumes-')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const read = (...path: string[]) => readFileSync(join(directory, ...path), 'utf8')

  describe('a directory that changes all at once', () => {
    it('shows files through one link, which alone changes', async () => {
      await writeFiles(directory, files({ a: '1', 'deep/b': '1' }))
      assert.equal(read('a') + read('deep/b'), '11')
      assert.equal(readlinkSync(join(directory, 'a')), '..data/a')
      const first = readlinkSync(join(directory, '..data'))
      await writeFiles(directory, files({ a: '2', 'deep/b': '2' }))
      assert.equal(read('a') + read('deep/b'), '22')
      assert.notEqual(readlinkSync(join(directory, '..data')), first)
      assert.ok(!existsSync(join(directory, first)))
    })

    it('is left alone when nothing has changed', async () => {
      await writeFiles(directory, files({ a: '1' }))
      const first = readlinkSync(join(directory, '..data'))
      await writeFiles(directory, files({ a: '1' }))
      assert.equal(readlinkSync(join(directory, '..data')), first)
    })

    it('loses names that are gone, and gains new ones', async () => {
      await writeFiles(directory, files({ a: '1', b: '1' }))
      await writeFiles(directory, files({ b: '1', c: '1' }))
      assert.deepEqual(
        readdirSync(directory).filter((name) => !name.startsWith('..')),
        ['b', 'c'],
      )
    })

    it('gives files their mode whatever the umask, and changes it', async () => {
      const mode = () => statSync(join(directory, 'a')).mode & 0o777
      await writeFiles(directory, files({ a: '1' }, 0o666))
      assert.equal(mode(), 0o666)
    })

    it('refuses paths that lead out of it', async () => {
      for (const path of ['../x', '/x', 'a/../../x', '..data', ''])
        await assert.rejects(writeFiles(directory, files({ [path]: '' })), VolumeError, path)
    })
  })

  const noMounts: Mounter = {
    tmpfs: async () => {},
    bind: async () => {},
    unmount: async () => {},
    below: async () => [],
  }

  describe('volumes of a pod', () => {
    let configMap: ConfigMap | undefined
    let secret: Secret | undefined
    beforeEach(() => {
      configMap = undefined
      secret = undefined
    })
    const tokens: PodTokens = {
      token: async (_, { audience = 'api', expirationSeconds }) =>
        `${audience}-${expirationSeconds}`,
      release: () => {},
    }
    const volumes = (mounter = noMounts) =>
      nodeVolumes({
        podsDirectory: join(directory, 'pods'),
        objects: {
          configMap: async () => configMap,
          secret: async () => secret,
          services: () => [],
        },
        tokens,
        mounter,
        pid: process.pid,
      })
    const pod = (
      volume: Omit<Volume, 'name'>,
      changes: NonNullable<Pod['spec']> = { containers: [] },
    ): Pod => ({
      metadata: { name: 'web', namespace: 'default', uid: 'u', annotations: { note: 'a\nb' } },
      spec: { ...changes, volumes: [{ name: 'v', ...volume }] },
    })
    const mount = async (volume: Omit<Volume, 'name'>) => {
      const own = pod(volume)
      await volumes().mount(own, facts)
      const container = { name: 'main', volumeMounts: [{ name: 'v', mountPath: '/v' }] }
      const [found] = await volumes().mountsOf(own, container, facts, new Map())
      return found?.hostPath ?? ''
    }

    it('show a token of the pod, for those alone who run it where they are known', async () => {
      const token = { path: 'token', expirationSeconds: 700 }
      const api = { projected: { sources: [{ serviceAccountToken: token }] } }
      const open = join(await mount(api), 'token')
      assert.equal(readFileSync(open, 'utf8'), 'api-700')
      assert.equal(statSync(open).mode & 0o777, 0o644)
      const other = { sources: [{ serviceAccountToken: { ...token, audience: 'vault' } }] }
      const run = { securityContext: { runAsUser: 1234 }, containers: [{ name: 'main' }] }
      const own = pod({ projected: other }, run)
      own.metadata.uid = 'u2'
      await volumes().mount(own, facts)
      const file = join(directory, 'pods', 'u2', 'volumes', 'projected', 'v', 'token')
      assert.equal(readFileSync(file, 'utf8'), 'vault-700')
      const { mode, uid } = statSync(file)
      assert.deepEqual([mode & 0o777, uid], [0o600, 1234])
    })

    it('show the chosen keys of a ConfigMap under the chosen names and modes', async () => {
      configMap = { metadata: {}, data: { a: '1', b: '2' }, binaryData: { c: 'AP8=' } }
      const path = await mount({
        configMap: {
          items: [
            { key: 'b', path: 'deep/x', mode: 0o400 },
            { key: 'c', path: 'bin' },
          ],
        },
      })
      assert.equal(readFileSync(join(path, 'deep/x'), 'utf8'), '2')
      assert.deepEqual(readFileSync(join(path, 'bin')), Buffer.from([0, 255]))
      assert.equal(statSync(join(path, 'deep/x')).mode & 0o777, 0o400)
      assert.ok(!existsSync(join(path, 'a')))
    })

    it('say what is missing, unless it is optional', async () => {
      await assert.rejects(
        mount({ configMap: { name: 'none' } }),
        new VolumeError('MountVolume.SetUp failed for volume "v" : configmap "none" not found'),
      )
      await assert.rejects(mount({ secret: { secretName: 'none' } }), /secret "none" not found/)
      configMap = { metadata: {}, data: {} }
      await assert.rejects(
        mount({ configMap: { name: 'c', items: [{ key: 'k', path: 'k' }] } }),
        /references non-existent key: k/,
      )
      const path = await mount({ secret: { secretName: 'none', optional: true } })
      assert.deepEqual(readdirSync(path), ['..data', ...readdirSync(path).slice(1)])
    })

    it('decode Secrets', async () => {
      secret = { metadata: {}, data: { key: 'czNjcmV0' } }
      assert.equal(
        readFileSync(join(await mount({ secret: { secretName: 's' } }), 'key'), 'utf8'),
        's3cret',
      )
    })

    it('show fields of the pod', async () => {
      const path = await mount({
        downwardAPI: {
          items: [{ path: 'notes', fieldRef: { fieldPath: 'metadata.annotations' } }],
        },
      })
      assert.equal(readFileSync(join(path, 'notes'), 'utf8'), 'note="a\\nb"')
    })

    it('put several sources into one directory', async () => {
      configMap = { metadata: {}, data: { a: '1' } }
      secret = { metadata: {}, data: { b: 'Mg==' } }
      const path = await mount({ projected: { sources: [{ configMap: {} }, { secret: {} }] } })
      assert.equal(
        readFileSync(join(path, 'a'), 'utf8') + readFileSync(join(path, 'b'), 'utf8'),
        '12',
      )
    })

    it('refuse by name what this node does not know', async () => {
      await assert.rejects(
        mount({ nfs: { path: '/', server: 'x' } }),
        /volume type nfs is not supported/,
      )
      await assert.rejects(
        mount({ projected: { sources: [{ clusterTrustBundle: { path: 'roots' } }] } }),
        /clusterTrustBundle is not supported/,
      )
    })

    it('are not mounted read-only in part where all below was to be read-only', async () => {
      const own = pod({ emptyDir: {} })
      await volumes().mount(own, facts)
      const mounts = (recursiveReadOnly: string) =>
        volumes().mountsOf(
          own,
          {
            name: 'main',
            volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly }],
          },
          facts,
          new Map(),
        )
      await assert.rejects(mounts('Enabled'), /requested recursive read-only mode/)
      assert.equal((await mounts('IfPossible'))[0]?.readonly, true)
    })

    it('check what a hostPath is, and make what it may', async () => {
      const path = join(directory, 'host')
      await assert.rejects(mount({ hostPath: { path, type: 'Directory' } }), /is not a directory/)
      assert.equal(await mount({ hostPath: { path, type: 'DirectoryOrCreate' } }), path)
      await assert.rejects(mount({ hostPath: { path, type: 'File' } }), /is not a file/)
      await assert.rejects(mount({ hostPath: { path, type: 'Socket' } }), /is not a socket/)
      const file = join(directory, 'file')
      assert.equal(await mount({ hostPath: { path: file, type: 'FileOrCreate' } }), file)
      assert.equal(
        await mount({ hostPath: { path: join(directory, 'nothing') } }),
        join(directory, 'nothing'),
      )
    })

    it('say what a scratch directory takes on disk, and follow no link out of it', async () => {
      assert.equal(await volumes().scratchUsage('u', 'v'), 0)
      const path = await mount({ emptyDir: { sizeLimit: '1Mi' } })
      mkdirSync(join(path, 'below'))
      writeFileSync(join(path, 'below', 'file'), Buffer.alloc(200_000, 1))
      symlinkSync('/usr', join(path, 'link'))
      const bytes = await volumes().scratchUsage('u', 'v')
      assert.ok(bytes >= 200_000 && bytes < 300_000, `${bytes} bytes`)
    })

    it('keep the mode that a container gave to its scratch directory', async () => {
      const path = await mount({ emptyDir: {} })
      chmodSync(path, 0o700)
      assert.equal(await mount({ emptyDir: {} }), path)
      assert.equal(statSync(path).mode & 0o777, 0o700)
    })

    it('stay as they are for a container that restarts after their ConfigMap has gone', async () => {
      configMap = { metadata: {}, data: { a: '1' } }
      const path = await mount({ configMap: { name: 'c' } })
      configMap = undefined
      const own = pod({ configMap: { name: 'c' } })
      const container = { name: 'main', volumeMounts: [{ name: 'v', mountPath: '/v' }] }
      const [found] = await volumes().mountsOf(own, container, facts, new Map())
      assert.equal(found?.hostPath, path)
    })

    it('go with the pod, hostPaths excepted', async () => {
      const path = await mount({ emptyDir: {} })
      assert.equal(statSync(path).mode & 0o777, 0o777)
      writeFileSync(join(path, 'x'), '')
      assert.deepEqual(await volumes().uids(), ['u'])
      assert.ok(volumes().mounted('u'))
      await volumes().unmount('u')
      assert.ok(!volumes().mounted('u'))
      await volumes().remove('u')
      assert.deepEqual(await volumes().uids(), [])
    })

    it('stay when something is still mounted below them', async () => {
      const path = await mount({ emptyDir: {} })
      const stuck = { ...noMounts, below: async () => [path] }
      await assert.rejects(volumes(stuck).unmount('u'), /still mounted/)
      assert.ok(existsSync(path))
    })
  })

  describe('mount points', () => {
    it('are read from mountinfo, escapes and all', () => {
      const line = '36 35 98:0 / /mnt/a\\040b rw,noatime - ext3 /dev/root rw'
      assert.deepEqual(mountPoints(line), ['/mnt/a b'])
    })
  })

  const suiteOf = process.getuid?.() === 0 ? describe : describe.skip
  suiteOf('a sub path (needs root)', () => {
    let volume: string
    let target: string
    beforeEach(() => {
      volume = join(directory, 'volume')
      target = join(directory, 'target')
      mkdirSync(join(volume, 'in'), { recursive: true })
      writeFileSync(join(volume, 'in/file'), 'inside')
      mkdirSync(join(directory, 'outside'))
      writeFileSync(join(directory, 'outside/file'), 'canary')
    })
    afterEach(async () => {
      for (const path of await systemMounter.below(directory)) await systemMounter.unmount(path)
    })
    const bind = (subPath: string) =>
      bindSubPath({ volume, subPath, target, mounter: systemMounter, pid: process.pid })

    it('shows a directory or a file of the volume', async () => {
      await bind('in')
      assert.equal(read('target/file'), 'inside')
      await systemMounter.unmount(target)
      rmSync(target, { recursive: true })
      await bind('in/file')
      assert.equal(read('target'), 'inside')
    })

    it('is made when it is not there', async () => {
      await bind('new/er')
      assert.ok(statSync(join(volume, 'new/er')).isDirectory())
    })

    it('follows links that stay inside, and no others', async () => {
      symlinkSync('in', join(volume, 'alias'))
      await bind('alias')
      assert.equal(read('target/file'), 'inside')
      await systemMounter.unmount(target)
      symlinkSync('../outside', join(volume, 'up'))
      symlinkSync(join(directory, 'outside'), join(volume, 'away'))
      for (const path of ['up', 'away', 'up/file', 'in/../../outside', '/etc'])
        await assert.rejects(bind(path), VolumeError, path)
    })

    it('never shows the outside, however the volume is changed meanwhile', async () => {
      const swap = execSwapper(volume)
      try {
        for (let round = 0; round < 40; round++) {
          try {
            await bind('flip')
            assert.notEqual(existsSync(join(target, 'file')) && read('target/file'), 'canary')
            await systemMounter.unmount(target)
          } catch (error) {
            const { code } = error as NodeJS.ErrnoException
            assert.ok(
              error instanceof VolumeError ||
                code === 'ENOENT' ||
                code === 'ELOOP' ||
                code === 'ENOTDIR' ||
                // What was opened has been removed before it was bound.
                /mount\(2\).*No such file/.test(String(error)),
              String(error),
            )
          }
        }
      } finally {
        swap.stop()
      }
    })
  })

  /** Another process that turns `flip` from a directory into a link outside and back, as fast as it can. */
  function execSwapper(volume: string): { stop(): void } {
    const script = `cd ${volume}; while [ -e go ]; do mkdir flip 2>/dev/null; rmdir flip; ln -s ../outside flip; rm flip; done`
    writeFileSync(join(volume, 'go'), '')
    execFileSync('sh', ['-c', `(${script}) >/dev/null 2>&1 &`])
    return { stop: () => unlinkSync(join(volume, 'go')) }
  }
})
