/** Makes the ServiceAccount `default` in every namespace, so that a pod has somebody to be. */

import { controller, isAlreadyExists, Namespace, ServiceAccount } from '../framework/index.ts'

const name = 'default'

export const serviceAccountController = controller(Namespace)
  .named('serviceaccount')
  .watches(ServiceAccount, ({ metadata }) => [{ namespace: '', name: metadata.namespace ?? '' }], {
    fieldSelector: `metadata.name=${name}`,
  })
  .writes(ServiceAccount)
  .reconcile(async ({ metadata, status }, { read, create }) => {
    const namespace = metadata.name ?? ''
    if (status?.phase === 'Terminating') return undefined
    if (read(ServiceAccount).get(namespace, name)) return undefined
    try {
      await create(ServiceAccount, { metadata: { namespace, name } })
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
    return undefined
  })
