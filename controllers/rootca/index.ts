/** Publishes the API server's certificate authority to every namespace, so that pods can tell it from an impostor. */

import type { ConfigMap as ConfigMapObject } from '../../api/types.ts'
import {
  ConfigMap,
  type Controller,
  controller,
  isAlreadyExists,
  Namespace,
} from '../framework/index.ts'

const name = 'kube-root-ca.crt'
const description =
  'The certificate authority of the API server, for clients inside the cluster; nothing else is promised about it.'

/** @param certificate the authority's certificates, PEM */
export function rootCaController(certificate: string): Controller {
  const wanted = (namespace: string): ConfigMapObject => ({
    metadata: {
      namespace,
      name,
      annotations: { 'kubernetes.io/description': description },
    },
    data: { 'ca.crt': certificate },
  })
  return controller(Namespace)
    .named('root-ca')
    .watches(ConfigMap, ({ metadata }) => [{ namespace: '', name: metadata.namespace ?? '' }], {
      fieldSelector: `metadata.name=${name}`,
    })
    .writes(ConfigMap)
    .reconcile(async ({ metadata, status }, { read, create, update }) => {
      const namespace = metadata.name ?? ''
      if (status?.phase === 'Terminating') return undefined
      const existing = read(ConfigMap).get(namespace, name)
      if (existing?.data?.['ca.crt'] === certificate) return undefined
      try {
        if (existing) await update(ConfigMap, { ...existing, data: wanted(namespace).data })
        else await create(ConfigMap, wanted(namespace))
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
      return undefined
    })
}
