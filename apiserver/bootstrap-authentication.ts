/** Tells extension servers whom this server trusts: the ConfigMap `kube-system/extension-apiserver-authentication`. */

import type { ConfigMap } from '../api/types.ts'
import { type Cluster, isAlreadyExists, isConflict } from '../controllers/framework/cluster.ts'
import * as kinds from '../controllers/framework/kinds.ts'

const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }

/** What others wrote beside `data` stays. */
export async function publishAuthentication(
  cluster: Cluster,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    const found = await cluster.get(kinds.ConfigMap, place)
    if (!found) {
      const wanted: ConfigMap = { metadata: place, data: { ...data } }
      await cluster.create(kinds.ConfigMap, wanted)
    } else if (Object.entries(data).some(([key, value]) => found.data?.[key] !== value))
      await cluster.update(kinds.ConfigMap, { ...found, data: { ...found.data, ...data } })
  } catch (error) {
    // Another server that starts at this moment writes the same.
    if (!isAlreadyExists(error) && !isConflict(error)) throw error
  }
}

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
