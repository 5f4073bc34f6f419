/** The objects that benchmarks write: a pod as a Deployment makes it, about 2 KB as it is stored. */

import type { Pod } from '../../api/types.ts'

/** Stands for the name, which always has as many letters: the length of a body is known beforehand. */
export const namePlaceholder = 'a-name-of-length'

/** The n-th name of a series; `series` is four letters. */
export const nameOf = (series: string, n: number): string =>
  `${series}-${String(n).padStart(11, '0')}`

const labels = {
  app: 'bench',
  'app.kubernetes.io/name': 'bench',
  'app.kubernetes.io/part-of': 'benchmarks',
  'pod-template-hash': '7d4b9c6f58',
}

const environment = Array.from({ length: 10 }, (_, n) => ({
  name: `SETTING_NUMBER_${n}`,
  value: `the value of setting number ${n}`,
}))

/** A pod that nothing schedules or runs unless a whole cluster is there. */
export const pod = (): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: namePlaceholder,
    namespace: 'default',
    labels,
    annotations: { 'bench.example.com/description': 'A pod of the size that pods commonly have.' },
  },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'registry.example.com/team/web:1.2.3',
        command: ['/bin/web', '--port=8080'],
        ports: [{ name: 'http', containerPort: 8080 }],
        env: environment,
        resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '64Mi' } },
        readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 5 },
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      },
    ],
    volumes: [{ name: 'scratch', emptyDir: {} }],
  },
})
