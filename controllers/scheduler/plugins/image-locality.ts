/** Prefers nodes that have the pod's images already, the more so the larger they are. */

import type { NodeInfo } from '../node-info.ts'
import { highest, type Plugin } from '../plugin.ts'

const mebibyte = 1024 * 1024
/** Bytes below which having an image is worth nothing, and for each container above which it is worth no more. */
const least = 23 * mebibyte
const most = 1000 * mebibyte

export const imageLocality: Plugin = {
  name: 'ImageLocality',
  retryAfter: [],
  weight: 1,
  score({ pod }, nodes, cluster) {
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
    const images = containers.map(({ image = '' }) => fullName(image))
    // An image that is on many nodes draws more than one that is on few: otherwise pods would heap up there.
    const worth = ({ images: there }: NodeInfo) =>
      images.reduce((sum, name) => {
        const size = there.get(name) ?? 0
        return size === 0
          ? sum
          : sum + Math.trunc((size * cluster.imageNodes(name)) / cluster.nodes.length)
      }, 0)
    if (images.every((name) => cluster.imageNodes(name) === 0)) return undefined
    const ceiling = most * containers.length
    return nodes.map((node) => {
      const bounded = Math.min(Math.max(worth(node), least), ceiling)
      return Math.trunc((highest * (bounded - least)) / (ceiling - least))
    })
  },
}

/** Without tag or digest, `latest` is meant. */
const fullName = (image: string): string =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
