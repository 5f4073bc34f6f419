/** Custom objects of one version in another one: by renaming, or by asking the webhook that the definition names. */

import type { KubernetesObject } from '../../api/object.ts'

export interface Converter {
  /**
   * The objects, not to be changed, in the wanted version; as many, in the same order. Those that have it already are
   * the very same.
   * @throws StatusError
   */
  convert(
    objects: readonly KubernetesObject[],
    apiVersion: string,
  ): readonly KubernetesObject[] | Promise<readonly KubernetesObject[]>
}

/** Only says that it is another version. */
export const renaming: Converter = {
  convert: (objects, apiVersion) =>
    objects.map((object) =>
      object.apiVersion === apiVersion ? object : { ...object, apiVersion },
    ),
}
