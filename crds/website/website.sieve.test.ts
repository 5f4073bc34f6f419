import { create, patch, remove, sieve } from '../../world/index.ts'
import { websiteController } from './controller.ts'
import { Website } from './kind.ts'

describe('a website, whatever goes wrong once', () => {
  it('ends as it would have', async function () {
    this.timeout(60_000)
    await sieve({
      kinds: [Website],
      controllers: [websiteController],
      scenario: [
        create(Website, {
          metadata: { name: 'argo' },
          spec: { title: 'Argo', replicas: 2, pages: { 'index.html': 'Fifty oars' } },
        }),
        patch(Website, 'argo', { spec: { title: 'The Argo', replicas: 3 } }),
        remove(Website, 'argo'),
      ],
    })
  })
})
