/** A watch in protobuf: events one behind the other, each with its length before it, the same bytes for everybody. */

import { apiVersionOf, type Resource } from '../../resources/resource.ts'
import type { Wish } from '../answers.ts'
import { type Bookmark, bookmarkMetadata, type WatchWriter } from '../watch-answer.ts'
import { formOf, frameOf, type View, viewOf } from './forms.ts'
import { watchHeaders } from './headers.ts'
import { Turns } from './turns.ts'

export function watchWriter(resource: Resource, wish: Wish): WatchWriter {
  const view = viewOf(wish)
  const turns = new Turns()
  return {
    headers: watchHeaders,
    event: (event) =>
      event.type === 'BOOKMARK'
        ? bookmarkFrame(resource, view, event)
        : formOf(event.object, view, turns, event.type).frame(event.type),
    error: ({ status }) => frameOf('ERROR', status),
    turn: () => turns.over(),
  }
}

function bookmarkFrame(resource: Resource, view: View, bookmark: Bookmark): Buffer {
  const typed =
    view === 'whole'
      ? { kind: resource.kind, apiVersion: apiVersionOf(resource) }
      : { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${view}` }
  const object = { ...typed, metadata: bookmarkMetadata(bookmark) }
  return frameOf('BOOKMARK', object)
}
