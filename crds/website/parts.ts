/** What a website is made of: its pages in a ConfigMap, servers that show them, one address. Pure. */

import { createHash } from 'node:crypto'
import type {
  AppliedObject,
  ConfigMap,
  Deployment,
  Service,
} from '../../controllers/framework/index.ts'
import type { Website } from './kind.ts'

const port = 8080

const label = 'demo.example.com/website'
const labelsOf = ({ metadata }: Website) => ({ [label]: metadata.name })

export const selectorOf = ({ metadata }: Website) => `${label}=${metadata.name}`

export const pagesOf = (site: Website): AppliedObject<ConfigMap> => ({
  metadata: { name: site.metadata.name, labels: labelsOf(site) },
  data: Object.fromEntries(
    Object.entries(site.spec.pages).map(([file, html]) => [file, page(site.spec.title, html)]),
  ),
})

const page = (title: string, html: string) =>
  `<!doctype html>\n<meta charset="utf-8">\n<title>${escaped(title)}</title>\n${html}\n`

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Another text, another hash: what makes the servers roll. */
export const contentHash = ({ data }: AppliedObject<ConfigMap>): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(data ?? {}).sort()))
    .digest('hex')
    .slice(0, 16)

export const serversOf = (site: Website, content: string): AppliedObject<Deployment> => ({
  metadata: { name: site.metadata.name, labels: labelsOf(site) },
  spec: {
    replicas: site.spec.replicas,
    selector: { matchLabels: labelsOf(site) },
    template: {
      metadata: { labels: labelsOf(site), annotations: { 'demo.example.com/content': content } },
      spec: {
        terminationGracePeriodSeconds: 2,
        containers: [
          {
            name: 'server',
            image: 'hello:v1',
            command: ['httpd', '-f', '-p', String(port), '-h', '/pages'],
            ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
            readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
            // Until everybody has heard that it is leaving, it goes on answering.
            lifecycle: { preStop: { sleep: { seconds: 1 } } },
            volumeMounts: [{ name: 'pages', mountPath: '/pages', readOnly: true }],
          },
        ],
        volumes: [{ name: 'pages', configMap: { name: site.metadata.name } }],
      },
    },
  },
})

export const addressOf = (site: Website): AppliedObject<Service> => ({
  metadata: { name: site.metadata.name, labels: labelsOf(site) },
  spec: {
    type: site.spec.nodePort ? 'NodePort' : 'ClusterIP',
    selector: labelsOf(site),
    ports: [
      {
        name: 'http',
        port: 80,
        protocol: 'TCP',
        targetPort: 'http',
        ...(site.spec.nodePort ? { nodePort: site.spec.nodePort } : {}),
      },
    ],
  },
})

export const urlOf = ({ metadata }: Website) => `http://${metadata.name}.${metadata.namespace}.svc/`
