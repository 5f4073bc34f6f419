/** A Parent has a ConfigMap with its text and a Service that leads to it, says so in its status, and tidies up at its end. */

import {
  ConfigMap,
  controller,
  kind,
  object,
  Service,
  string,
} from '../../../controllers/framework/index.ts'

export const Parent = kind({ group: 'compare.example.com', name: 'Parent' }).version('v1', {
  spec: object({ text: string() }),
  status: object({ text: string().optional(), address: string().optional() }),
})

export const parentController = controller(Parent)
  .owns(ConfigMap)
  .owns(Service)
  .finalize(async (parent, { event }) => {
    event(parent, { type: 'Normal', reason: 'TidiedUp', message: 'nothing is left of it outside' })
    return undefined
  })
  .reconcile(async (parent, { apply, status }) => {
    const { name = '' } = parent.metadata
    await apply(ConfigMap, { metadata: { name }, data: { text: parent.spec.text } })
    const service = await apply(Service, {
      metadata: { name },
      spec: { selector: { parent: name }, ports: [{ port: 80 }] },
    })
    status({ text: parent.spec.text, address: service.spec?.clusterIP })
    return undefined
  })
