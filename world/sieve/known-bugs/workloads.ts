/** The objects that operators of databases make, as short as the API server allows. */

import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../../api/types.ts'

type Labels = Record<string, string>

export const claim = (
  name: string,
  labels: Labels = {},
  storage = '1Gi',
): PersistentVolumeClaim => ({
  metadata: { namespace: 'default', name, labels },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
})

export const statefulSet = (name: string, replicas = 1, labels: Labels = {}): StatefulSet => ({
  metadata: { namespace: 'default', name, labels },
  spec: {
    replicas,
    serviceName: name,
    selector: { matchLabels: { set: name } },
    template: {
      metadata: { labels: { set: name } },
      spec: { containers: [{ name: 'main', image: 'example.com/database' }] },
    },
  },
})

export const pod = (name: string, labels: Labels = {}, annotations: Labels = {}): Pod => ({
  metadata: { namespace: 'default', name, labels, annotations },
  spec: { containers: [{ name: 'main', image: 'example.com/database' }] },
})
