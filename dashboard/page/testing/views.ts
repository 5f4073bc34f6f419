/** Small views as a server tells them. */

import type { ListView, RolloutView, TimelineView } from '../../protocol.ts'

export const momentOf = (revision: number) => ({
  revision,
  at: new Date(1_000_000 + revision * 1000).toISOString(),
})

/** One revision with pods that are all available. */
export function rolloutView(name: string, revision: number, available = 2): RolloutView {
  const pods = Array.from({ length: available }, (_, n) => ({
    name: `${name}-a-${n}`,
    uid: `${name}-${n}`,
    state: 'available' as const,
    note: '',
  }))
  return {
    moment: momentOf(revision),
    live: true,
    progress: {
      namespace: 'default',
      name,
      explanation: {
        code: 'complete',
        verdict: 'All is well.',
        severity: 'ok',
        hopeless: false,
        because: [],
        next: 'Nothing.',
      },
      outcome: 'complete',
      gauge: {
        desired: 2,
        floor: 2,
        ceiling: 3,
        oldAvailable: 0,
        oldUnready: 0,
        newAvailable: available,
        newStarting: 0,
        terminating: 0,
      },
      revisions: [
        {
          replicaSet: `${name}-a`,
          hash: 'aaaaaaaa',
          revision: 1,
          images: [`${name}:1`],
          newest: true,
          wanted: 2,
          available,
          pods,
        },
      ],
    },
    lanes: [],
    history: [],
    paused: false,
    resourceVersion: String(revision),
    drift: [],
  }
}

export const listView = (revision: number, ...names: string[]): ListView => ({
  moment: momentOf(revision),
  rows: names.map((name) => ({
    namespace: 'default',
    name,
    outcome: 'complete',
    severity: 'ok',
    verdict: 'All is well.',
    desired: 2,
    available: 2,
    updated: 2,
    images: [`${name}:1`],
  })),
})

/** With a notable mark at each of these revisions. */
export const timelineView = (...revisions: number[]): TimelineView => ({
  edge: momentOf(revisions[0]! - 1),
  head: momentOf(revisions.at(-1)!),
  marks: revisions.map((revision) => ({
    ...momentOf(revision),
    kind: 'template',
    text: `template at ${revision}`,
    notable: true,
    object: 'deployment/web',
  })),
  available: [],
  lanes: [],
})

export const hello = {
  server: 'v1.36.0',
  context: 'test',
  namespaces: ['default'],
  edge: momentOf(1),
  causes: true,
}
