/** The node has no image to run: which, and what kept it from getting it. */

import { detailOf, type Place, type Trouble, waiting } from './trouble.ts'

interface Cause {
  /** After `cannot be pulled: `. */
  words: string
  /** No attempt will go otherwise. */
  hopeless: boolean
  next: string
}

/** What runtimes and registries say, the more certain first. */
const causes: readonly [RegExp, Cause][] = [
  [
    /server gave HTTP response to HTTPS client/i,
    {
      words: 'the registry speaks plain HTTP, and the node expects HTTPS',
      hopeless: true,
      next: 'Let the node take this registry as an insecure one, or serve it over HTTPS.',
    },
  ],
  [
    /unauthorized|authentication required|authorization failed|no basic auth|\b401\b|\b403\b|denied/i,
    {
      words: 'the registry asks for credentials, or these may not read it',
      hopeless: true,
      next: 'Name a Secret in imagePullSecrets, or see whether the image exists: some registries say this then.',
    },
  ],
  [
    /not found|manifest unknown|name unknown|does not exist|\b404\b/i,
    {
      words: 'the registry has no such image',
      hopeless: true,
      next: 'Correct the image, or push it; going back: kubectl rollout undo.',
    },
  ],
  [
    /no match for platform|no matching manifest/i,
    {
      words: "it is not made for this node's platform",
      hopeless: true,
      next: "Build it for the node's platform as well; going back: kubectl rollout undo.",
    },
  ],
  [
    /no such host|connection refused|timed? ?out|deadline exceeded|no route to host|EOF|TLS|x509|50[0234]\b/i,
    {
      words: 'the registry cannot be reached',
      hopeless: false,
      next: 'See whether the node reaches the registry; it is tried again.',
    },
  ],
]

interface Words {
  sentence(image: string, cause: Cause | undefined): string
  hopeless: boolean
}

/** The kubelet says the one while it pulls and the other while it waits. */
const cannotBePulled: Words = {
  sentence: (image, cause) =>
    `image "${image}" cannot be pulled${cause ? `: ${cause.words}` : ''} (ErrImagePull/ImagePullBackOff)`,
  // Only what is known to pass is waited for.
  hopeless: true,
}

const reasons: ReadonlyMap<string, Words> = new Map([
  ['ErrImagePull', cannotBePulled],
  ['ImagePullBackOff', cannotBePulled],
  [
    'RegistryUnavailable',
    {
      sentence: (image) => `the registry of image "${image}" is unavailable (RegistryUnavailable)`,
      hopeless: false,
    },
  ],
  [
    'ErrImageNeverPull',
    {
      sentence: (image) =>
        `image "${image}" is not on the node and its pull policy is Never (ErrImageNeverPull)`,
      hopeless: true,
    },
  ],
  [
    'InvalidImageName',
    {
      sentence: (image) => `image name "${image}" is not valid (InvalidImageName)`,
      hopeless: true,
    },
  ],
  [
    'ImageInspectError',
    {
      sentence: (image) => `image "${image}" cannot be read (ImageInspectError)`,
      hopeless: false,
    },
  ],
])

export function badImage(place: Place): Trouble | undefined {
  const words = reasons.get(waiting(place)?.reason ?? '')
  if (!words) return undefined
  const image = place.spec?.image ?? place.status.image
  const detail = detailOf(place)
  // The image's own name proves nothing: it may be called `denied`.
  const said = detail.replaceAll(image, '')
  const cause =
    words === cannotBePulled ? causes.find(([pattern]) => pattern.test(said))?.[1] : undefined
  return {
    code: 'image',
    sentence: `${place.label}: ${words.sentence(image, cause)}`,
    field: `${place.field}.waiting.reason`,
    detail,
    hopeless: cause?.hopeless ?? words.hopeless,
    ...(cause ? { next: cause.next } : {}),
  }
}
