/** A webhook could not be asked, or its answer is none: `message` tells why, in the words that clients know. */
export class WebhookFailure extends Error {
  override name = 'WebhookFailure'
}
