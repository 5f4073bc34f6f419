/**
 * A patched copy of `target`, which is left alone.
 * @param schema the definition's name: `io.k8s.api.apps.v1.Deployment`
 * @throws StatusError 400 malformed directives, 422 an item without its merge key
 */
export function applyStrategicMergePatch(
  _target: object,
  _patch: unknown,
  _schema: string,
): object {
  throw new Error('being written')
}
