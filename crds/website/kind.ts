/** What people write about a website, and what they read back. The API server enforces all of it; nothing runs here. */

import {
  conditions,
  int,
  kind,
  map,
  type ObjectOf,
  object,
  string,
} from '../../controllers/framework/index.ts'

export const Website = kind({
  group: 'demo.example.com',
  name: 'Website',
  shortNames: ['site'],
}).version('v1', {
  spec: object({
    title: string().min(1).max(100).describe('Stands in the window of every page.'),
    pages: map(string().max(50_000))
      .min(1)
      .max(20)
      .rule("'index.html' in self", 'a website begins with index.html')
      .describe('HTML by file name: `index.html` is what visitors see first.'),
    replicas: int().min(0).max(20).default(1).describe('How many servers answer.'),
    nodePort: int()
      .min(30_000)
      .max(32_767)
      .describe('Where every node answers too; inside of the cluster only without it.')
      .optional(),
  }),
  status: object({
    ready: int().describe('How many servers answer now.').optional(),
    selector: string().optional(),
    url: string().describe('Where it answers inside of the cluster.').optional(),
    observedGeneration: int().optional(),
    conditions: conditions(),
  }),
  columns: {
    Title: '.spec.title',
    Replicas: '.spec.replicas',
    Ready: '.status.ready',
    URL: '.status.url',
  },
  scale: { spec: '.spec.replicas', status: '.status.ready', selector: '.status.selector' },
})
export type Website = ObjectOf<typeof Website>
