/** Tells extension servers whom this server trusts: the ConfigMap `kube-system/extension-apiserver-authentication`. */

import type { Cluster } from '../../controllers/framework/cluster.ts'
import * as kinds from '../../controllers/framework/kinds.ts'
import { ensure } from './ensure.ts'

const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }

/** What others wrote beside `data` stays. */
export const publishAuthentication = (
  cluster: Cluster,
  data: Readonly<Record<string, string>>,
): Promise<void> =>
  ensure(cluster, kinds.ConfigMap, { metadata: place, data: { ...data } }, (found) => ({
    ...found,
    data: { ...found.data, ...data },
  }))

/** In which headers this server says who a user is, and who vouches that it may. */
export function requestHeaders(
  frontProxy: { authority: string } | undefined,
): Record<string, string> {
  if (!frontProxy) return {}
  return {
    'requestheader-client-ca-file': frontProxy.authority,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  }
}
