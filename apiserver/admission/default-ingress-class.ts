/** An Ingress that names no class gets the default one, if there is any. */

import type { Ingress } from '../../api/types.ts'
import type { Lister } from '../registry/lister.ts'
import type { AdmissionPlugin } from './admission.ts'
import { defaultClass } from './default-class.ts'

const kind = 'ingressclasses.networking.k8s.io'
const annotations = ['ingressclass.kubernetes.io/is-default-class']
const formerly = 'kubernetes.io/ingress.class'

export const defaultIngressClass = (lister: Lister): AdmissionPlugin => ({
  name: 'DefaultIngressClass',
  mutate({ operation, resource, subresource, object }) {
    if (operation !== 'CREATE' || subresource !== '') return
    if (resource.group !== 'networking.k8s.io' || resource.plural !== 'ingresses') return
    const ingress = object as unknown as Ingress
    if (ingress.spec?.ingressClassName !== undefined) return
    if (ingress.metadata.annotations?.[formerly] !== undefined) return
    const name = defaultClass(lister, kind, annotations)
    if (name !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: name }
  },
})
