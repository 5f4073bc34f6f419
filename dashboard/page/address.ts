/** The fragment of the address: who asks, and what is looked at, so that a link shows the same moment. Pure. */

export interface Address {
  token: string
  namespace: string
  /** Empty: the first that is in the list. */
  deployment: string
  /** The revision of the past that is looked at; absent when live. */
  at?: number
}

/** `#token=T&namespace=N&deployment=D&at=r1310`; what is not understood is left out. */
export function parseAddress(hash: string): Address {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const at = /^r?(\d{1,15})$/.exec(fields.get('at') ?? '')?.[1]
  return {
    token: fields.get('token') ?? '',
    namespace: fields.get('namespace') || 'default',
    deployment: fields.get('deployment') ?? '',
    ...(at !== undefined && { at: Number(at) }),
  }
}

export function formatAddress({ token, namespace, deployment, at }: Address): string {
  const fields = new URLSearchParams()
  if (token) fields.set('token', token)
  fields.set('namespace', namespace)
  if (deployment) fields.set('deployment', deployment)
  if (at !== undefined) fields.set('at', `r${at}`)
  return `#${fields}`
}
