import assert from 'node:assert/strict'
import { startWorld } from '../../world/index.ts'
import { websiteController } from './controller.ts'
import { Website } from './kind.ts'
import { contentHash, pagesOf } from './parts.ts'

const site = (title: string, pages: Record<string, string>): Website => ({
  apiVersion: 'demo.example.com/v1',
  kind: 'Website',
  metadata: { name: 'argo', namespace: 'default' },
  spec: { title, pages, replicas: 1 },
})

describe('the parts of a website', () => {
  it('keep a title from being more than a title', () => {
    const { data } = pagesOf(site('</title><script>', { 'index.html': '' }))
    assert.match(data?.['index.html'] ?? '', /<title>&lt;\/title&gt;&lt;script&gt;<\/title>/)
  })

  it('have one hash for one content, in whatever order its pages stand', () => {
    const hash = (pages: Record<string, string>) => contentHash(pagesOf(site('', pages)))
    assert.equal(hash({ a: '1', b: '2' }), hash({ b: '2', a: '1' }))
    assert.notEqual(hash({ a: '1', b: '2' }), hash({ a: '2', b: '1' }))
  })
})

describe('a website that cannot be', () => {
  it('is refused without index.html, and told of a name that no file can have', async () => {
    const world = await startWorld({ kinds: [Website], controllers: [websiteController] })
    try {
      await assert.rejects(world.apply(site('', { 'a.html': '' })), /begins with index\.html/)
      await world.apply(site('a', { 'index.html': '', 'a/b': '' }))
      await world.converge()
      const { status } = await world.get(Website, 'argo')
      assert.equal(status?.conditions?.[0]?.reason, 'BadFileName')
    } finally {
      await world.close()
    }
  })
})
