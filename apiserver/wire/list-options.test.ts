/** Every combination of the options that say which revision a list or a watch is of, against what the API promises. */

import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { definition, version, widget } from '../crds/examples.ts'
import { configMap, type Stream, startWireServer, type WireServer } from './wire.ts'

const future = '99999999'
const versions = ['', '0', 'past', 'current', 'future', 'abc'] as const
const matches = ['', 'Exact', 'NotOlderThan', 'Sometimes'] as const
const limits = ['', '2'] as const
const tokens = ['', 'token', 'garbage'] as const
const initials = [undefined, true, false] as const

interface Combination {
  resourceVersion: (typeof versions)[number]
  match: (typeof matches)[number]
  limit: (typeof limits)[number]
  token: (typeof tokens)[number]
  initial: boolean | undefined
}

function* combinations(): Generator<Combination> {
  for (const resourceVersion of versions)
    for (const match of matches)
      for (const limit of limits)
        for (const token of tokens)
          for (const initial of initials) yield { resourceVersion, match, limit, token, initial }
}

type Revision = 'past' | 'current'

type Outcome =
  | { kind: 'refused'; code: number; message?: string; causes?: string[]; about?: string }
  /** Where the list begins, and how much of it may come. */
  | { kind: 'list'; of: Revision; from: number; limit: number }
  /** ADDED for all there is, and a bookmark. */
  | { kind: 'everything' }
  /** What was changed since the past. */
  | { kind: 'changes' }
  /** Nothing that there is already. */
  | { kind: 'silence' }
  | { kind: 'too large' }

const forbidden = {
  unset: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  continued: 'Forbidden: resourceVersionMatch is forbidden when continue is provided',
  zero: 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  list: 'Forbidden: sendInitialEvents is forbidden for list',
  notOlder: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  noInitial:
    'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
}
const unsupported = (match: string, supported: string) =>
  `Unsupported value: "${match}": supported values: ${supported}`
const wrongVersion = 'Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'

const refused = (code: number, message: string): Outcome => ({ kind: 'refused', code, message })
const invalid = (causes: string[]): Outcome => ({ kind: 'refused', code: 422, causes })

function ofList({ resourceVersion, match, limit, token, initial }: Combination): Outcome {
  const causes: string[] = []
  if (match !== '') {
    if (resourceVersion === '') causes.push(forbidden.unset)
    if (token !== '') causes.push(forbidden.continued)
    if (match === 'Sometimes') causes.push(unsupported(match, '"Exact", "NotOlderThan", ""'))
    if (match === 'Exact' && resourceVersion === '0') causes.push(forbidden.zero)
  }
  if (initial !== undefined) causes.push(forbidden.list)
  if (causes.length > 0) return invalid(causes)
  const most = limit === '' ? Number.POSITIVE_INFINITY : Number(limit)
  const loose = resourceVersion === '' || resourceVersion === '0'
  if (token === 'garbage')
    return refused(
      400,
      'invalid continue token: continue key is not valid: illegal base64 data at input byte 3',
    )
  if (token === 'token' && !loose)
    return refused(400, 'specifying resource version is not allowed when using continue')
  if (token === 'token') return { kind: 'list', of: 'past', from: 2, limit: most }
  if (resourceVersion === 'abc')
    return refused(400, `invalid resource version: resourceVersion: ${wrongVersion}`)
  if (resourceVersion === 'future') return { kind: 'too large' }
  const exact = match === 'Exact' || (match === '' && limit !== '')
  const of = exact && resourceVersion === 'past' ? 'past' : 'current'
  return {
    kind: 'list',
    of,
    from: 0,
    limit: resourceVersion === '0' ? Number.POSITIVE_INFINITY : most,
  }
}

function ofWatch(combination: Combination, plural: string): Outcome {
  const { resourceVersion, token } = combination
  const loose = resourceVersion === '' || resourceVersion === '0'
  const begins = combination.initial === undefined && combination.match === '' && loose
  const initial = begins ? true : combination.initial
  const match = begins ? 'NotOlderThan' : combination.match
  const causes: string[] = []
  if (initial !== undefined && match !== 'NotOlderThan') causes.push(forbidden.notOlder)
  if (match !== '') {
    if (initial === undefined) causes.push(forbidden.noInitial)
    if (match !== 'NotOlderThan') causes.push(unsupported(match, '"NotOlderThan"'))
    if (token !== '') causes.push(forbidden.continued)
  }
  if (causes.length > 0) return invalid(causes)
  if (resourceVersion === 'abc') return { ...invalid([wrongVersion]), about: plural } as Outcome
  if (initial) return resourceVersion === 'future' ? { kind: 'too large' } : { kind: 'everything' }
  return resourceVersion === 'past' ? { kind: 'changes' } : { kind: 'silence' }
}

/** A collection to which the table is put. */
interface Collection {
  what: string
  path: string
  /** Where it is written, which may be in another version. */
  write: string
  plural: string
  body(name: string): object
  prepare?(wire: WireServer): Promise<void>
}

const inDefault = (groupVersion: string, plural: string) =>
  `/${groupVersion}/namespaces/default/${plural}`

const autoscaler = (name: string) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
    maxReplicas: 3,
  },
})

const event = (name: string) => ({
  metadata: { name },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  reason: 'Said',
  message: 'm',
  type: 'Normal',
  source: { component: 'c' },
})

/** Names in order; changes since the past are that the first is deleted and the last is made. */
const all = ['a', 'b', 'c', 'd', 'e', 'f']
const namesOf = { past: all.slice(0, -1), current: all.slice(1) }

const collections: Collection[] = [
  {
    what: 'a kind of one version',
    path: inDefault('api/v1', 'configmaps'),
    write: inDefault('api/v1', 'configmaps'),
    plural: 'configmaps',
    body: (name) => configMap(name),
  },
  {
    what: 'an older version of a kind',
    path: inDefault('apis/autoscaling/v1', 'horizontalpodautoscalers'),
    write: inDefault('apis/autoscaling/v2', 'horizontalpodautoscalers'),
    plural: 'horizontalpodautoscalers',
    body: autoscaler,
  },
  {
    what: 'a kind in another group',
    path: inDefault('apis/events.k8s.io/v1', 'events'),
    write: inDefault('api/v1', 'events'),
    plural: 'events',
    body: event,
  },
  {
    what: 'a custom resource in another version than it is stored',
    path: inDefault('apis/example.com/v2', 'widgets'),
    write: inDefault('apis/example.com/v1', 'widgets'),
    plural: 'widgets',
    body: (name) => widget(name),
    async prepare(wire) {
      const body = definition({ versions: [version('v1'), version('v2', { storage: false })] })
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
      const { code, text } = await wire.ask('POST', path, { body })
      assert.equal(code, 201, text)
    },
  },
]

for (const collection of collections)
  describe(`wire: the revision that is asked for, of ${collection.what}`, () => {
    const { path, write, plural, body } = collection
    let wire: WireServer
    const clock = new VirtualClock(Date.now())
    const known = { past: '', current: '' }
    let token: string

    before(async () => {
      wire = await startWireServer({ clock })
      await collection.prepare?.(wire)
      for (const name of namesOf.past)
        assert.equal((await wire.ask('POST', write, { body: body(name) })).code, 201)
      const page = (await wire.ask('GET', `${path}?limit=2`)).json
      token = page.metadata.continue
      known.past = page.metadata.resourceVersion
      await wire.ask('POST', write, { body: body('f') })
      await wire.ask('DELETE', `${write}/a`)
      known.current = (await wire.ask('GET', path)).json.metadata.resourceVersion
    })
    after(async () => {
      await wire.close()
      assert.deepEqual(wire.reported, [])
    })

    const queryOf = (asked: Combination): string => {
      const given = { '': '', 0: '0', abc: 'abc', future, ...known }[asked.resourceVersion]
      const query = new URLSearchParams()
      if (given !== '') query.set('resourceVersion', given)
      if (asked.match !== '') query.set('resourceVersionMatch', asked.match)
      if (asked.limit !== '') query.set('limit', asked.limit)
      if (asked.token !== '') query.set('continue', asked.token === 'token' ? token : 'zzz!')
      if (asked.initial !== undefined) query.set('sendInitialEvents', String(asked.initial))
      return `${path}?${query}`
    }

    // biome-ignore lint/suspicious/noExplicitAny: whatever came
    const checkRefusal = (url: string, outcome: Outcome & { kind: 'refused' }, status: any) => {
      assert.equal(status.code, outcome.code, `${url}: ${status.message}`)
      if (outcome.message !== undefined) assert.equal(status.message, outcome.message, url)
      if (!outcome.causes) return
      const told = status.details.causes.map(({ message }: { message: string }) => message)
      assert.deepEqual(told, outcome.causes, url)
      assert.equal(status.details.kind, outcome.about ?? 'ListOptions', url)
    }
    // biome-ignore lint/suspicious/noExplicitAny: whatever came
    const checkTooLarge = (url: string, status: any) => {
      assert.equal(status.code, 504, url)
      assert.equal(status.reason, 'Timeout')
      assert.match(status.message, /^Timeout: Too large resource version: 99999999, current: \d+$/)
      assert.equal(status.details.causes[0].reason, 'ResourceVersionTooLarge')
    }

    it('lists', async () => {
      const waiting: Promise<void>[] = []
      for (const asked of combinations()) {
        const url = queryOf(asked)
        const outcome = ofList(asked)
        const answered = wire.ask('GET', url)
        if (outcome.kind === 'too large') {
          waiting.push(answered.then(({ json }) => checkTooLarge(url, json)))
          continue
        }
        const { json } = await answered
        if (outcome.kind === 'refused') {
          checkRefusal(url, outcome, json)
          continue
        }
        assert.ok(outcome.kind === 'list')
        assert.ok(json.items, `${url}: ${json.message}`)
        const names = namesOf[outcome.of].slice(outcome.from)
        const page = names.slice(0, outcome.limit)
        const told = json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
        assert.deepEqual(told, page, url)
        assert.equal(json.metadata.resourceVersion, known[outcome.of], url)
        const remaining = names.length - page.length
        assert.equal(json.metadata.remainingItemCount, remaining || undefined, url)
        assert.equal(json.metadata.continue !== undefined, remaining > 0, url)
      }
      assert.ok(waiting.length > 0)
      let over = false
      const done = Promise.all(waiting).finally(() => {
        over = true
      })
      while (!over) await clock.advance(1_000)
      await done
    }).timeout(30_000)

    it('watches', async () => {
      const silent: { url: string; stream: Stream; from: string }[] = []
      const waiting: Promise<void>[] = []
      for (const asked of combinations()) {
        const url = `${queryOf(asked)}&watch=true&allowWatchBookmarks=true&timeoutSeconds=600`
        const outcome = ofWatch(asked, plural)
        if (outcome.kind === 'refused') {
          checkRefusal(url, outcome, (await wire.ask('GET', url)).json)
          continue
        }
        if (outcome.kind === 'too large') {
          const told = wire.watch(url).then(async (stream) => {
            assert.equal(stream.code, 200)
            const [error, ...more] = await stream.take(2)
            assert.equal(error.type, 'ERROR')
            assert.deepEqual(more, [])
            checkTooLarge(url, error.object)
          })
          waiting.push(told)
          continue
        }
        const stream = await wire.watch(url)
        assert.equal(stream.code, 200, url)
        if (outcome.kind === 'silence') {
          silent.push({ url, stream, from: asked.resourceVersion })
          continue
        }
        await checkTold(url, stream, outcome.kind === 'everything')
        stream.close()
      }
      let over = false
      const done = Promise.all(waiting).finally(() => {
        over = true
      })
      while (!over) await clock.advance(1_000)
      await done
      await checkSilence(silent)
    }).timeout(30_000)

    const checkTold = async (url: string, stream: Stream, everything: boolean) => {
      const expected = everything
        ? namesOf.current.map((name) => `ADDED ${name}`)
        : ['ADDED f', 'DELETED a']
      const events = await stream.take(expected.length)
      const told = events.map(({ type, object }) => `${type} ${object.metadata.name}`)
      assert.deepEqual(told, expected, url)
      if (!everything) return
      const [bookmark] = await stream.take(1)
      assert.equal(bookmark.type, 'BOOKMARK', url)
      const { annotations, resourceVersion } = bookmark.object.metadata
      assert.deepEqual(annotations, { 'k8s.io/initial-events-end': 'true' }, url)
      assert.equal(resourceVersion, known.current, url)
    }

    /** Who waits hears of what comes; who waits for the future does not hear of anything before it. */
    const checkSilence = async (silent: { url: string; stream: Stream; from: string }[]) => {
      await wire.ask('POST', write, { body: body('z') })
      for (const { url, stream, from } of silent)
        if (from !== 'future') {
          const [event] = await stream.take(1)
          assert.equal(`${event.type} ${event.object.metadata.name}`, 'ADDED z', url)
        }
      await clock.advance(600_000)
      for (const { url, stream, from } of silent) {
        await stream.ended
        const rest = await stream.take(100)
        const objects = rest.filter(({ type }) => type !== 'BOOKMARK')
        assert.deepEqual(objects, [], url)
        if (from === 'future') assert.deepEqual(rest, [], url)
      }
    }
  })
