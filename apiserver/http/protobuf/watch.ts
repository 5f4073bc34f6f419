/** A watch in protobuf: events one behind the other, each with its length before it, the same bytes for everybody. */

import type { WatchEvent } from '../../registry/registry.ts'
import { apiVersionOf, type Resource } from '../../resources/resource.ts'
import type { Wish } from '../answers.ts'
import type { StatusError } from '../status.ts'
import { type Bookmark, bookmarkMetadata } from '../watch-answer.ts'
import { formOf, frameOf, type View, viewOf } from './forms.ts'

export function frameWriter(resource: Resource, wish: Wish): (event: WatchEvent) => Buffer {
  const view = viewOf(wish)
  return (event) =>
    event.type === 'BOOKMARK'
      ? bookmarkFrame(resource, view, event)
      : formOf(event.object, view, event.type).frame(event.type)
}

function bookmarkFrame(resource: Resource, view: View, bookmark: Bookmark): Buffer {
  const typed =
    view === 'whole'
      ? { kind: resource.kind, apiVersion: apiVersionOf(resource) }
      : { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${view}` }
  const object = { ...typed, metadata: bookmarkMetadata(bookmark) }
  return frameOf('BOOKMARK', object)
}

export const errorFrame = ({ status }: StatusError): Buffer => frameOf('ERROR', status)
