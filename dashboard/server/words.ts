/** What went wrong below, in words for the page. */

import { ApiError, ConnectionError } from '../../controllers/framework/index.ts'
import { RecordingError } from '../../recordings/line.ts'
import { UndoError } from '../../rollouts/undo.ts'
import { Refusal } from './refusal.ts'

/** `undefined` for what nobody has expected. */
export function inWords(error: unknown): Refusal | undefined {
  if (error instanceof UndoError)
    return new Refusal(422, error.message, 'choose another revision in the history')
  if (error instanceof RecordingError)
    return new Refusal(422, error.message, 'open another recording')
  if (error instanceof ConnectionError)
    return new Refusal(
      503,
      `the cluster does not answer: ${error.message}`,
      'see whether it runs: tiphys status',
    )
  if (!(error instanceof ApiError)) return undefined
  // 401 is the page's own token: this is about the server's credentials.
  const status = error.code === 401 || error.code >= 500 ? 502 : error.code
  const next =
    error.code === 403
      ? 'ask who runs the cluster for this permission'
      : 'look again; if it stays so, see what kubectl says'
  return new Refusal(status, error.message, next)
}
