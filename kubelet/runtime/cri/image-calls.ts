/** Images by CRI. */

import { type Runtime, RuntimeError } from '../runtime.ts'
import { deadlines } from './deadlines.ts'
import type { GrpcService } from './grpc-client.ts'
import { type ImageMessage, imageOf } from './messages.ts'

/** What containerd says when a registry has no such image, or none can be asked. */
function pullError(reference: string, error: unknown): unknown {
  if (!(error instanceof RuntimeError)) return error
  const absent = error.code === 'notFound' || / not found$/.test(error.message)
  const message = error.message.replace(/^PullImage: /, '')
  return new RuntimeError(
    absent ? 'imageNotFound' : error.code,
    message.includes(reference) ? message : `failed to pull image "${reference}": ${message}`,
  )
}

export const imageCalls = (
  images: GrpcService,
): Pick<Runtime, 'images' | 'image' | 'pullImage'> => ({
  async images() {
    const answer = await images.call<{ images: ImageMessage[] }>('ListImages', {}, deadlines.read)
    return answer.images.map(imageOf)
  },
  async image(reference) {
    const answer = await images.call<{ image: ImageMessage | null }>(
      'ImageStatus',
      { image: { image: reference } },
      deadlines.read,
    )
    return answer.image ? imageOf(answer.image) : undefined
  },
  async pullImage(reference, credentials) {
    try {
      const answer = await images.call<{ image_ref: string }>(
        'PullImage',
        { image: { image: reference }, auth: credentials ?? null },
        deadlines.pull,
      )
      return answer.image_ref
    } catch (error) {
      throw pullError(reference, error)
    }
  },
})
