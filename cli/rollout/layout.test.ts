import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Explanation } from '../../rollouts/explanation.ts'
import type { PodState, PodView, Progress, RevisionView } from '../../rollouts/progress.ts'
import { gaugeLines } from './gauge.ts'
import { layout, type View } from './layout.ts'
import { cut, type Line, textOf, widthOf, wrap } from './line.ts'

const pods = (revision: number, ...states: PodState[]): PodView[] =>
  states.map((state, at) => ({
    name: `web-${revision}-${String(at).padStart(2, '0')}`,
    uid: `${revision}-${at}`,
    state,
    note: state === 'failing' ? 'container "app": image "web:1.4" cannot be pulled' : '',
  }))

const revision = (number: number, states: PodState[], more: Partial<RevisionView> = {}) => ({
  replicaSet: `web-${number}`,
  hash: `hash${number}`,
  revision: number,
  images: [`web:1.${number}`],
  newest: false,
  wanted: states.length,
  available: states.filter((state) => state === 'available').length,
  pods: pods(number, ...states),
  ...more,
})

const bad: Explanation = {
  code: 'image',
  verdict:
    'Pod "web-4-00", container "app": image "web:1.4" cannot be pulled: the registry has no such image (ErrImagePull/ImagePullBackOff).',
  severity: 'error',
  hopeless: true,
  because: [
    { object: 'pod/web-4-00', field: 'status.containerStatuses[0]', message: 'not found' },
    { object: 'pod/web-4-00', field: 'log[app]', message: 'first line\nsecond line' },
  ],
  next: 'Correct the image, or push it; going back: kubectl rollout undo.',
}

const view = (change: Partial<Progress> = {}): View => ({
  watched: '1 min',
  link: undefined,
  progress: {
    namespace: 'default',
    name: 'web',
    explanation: bad,
    outcome: 'under way',
    gauge: {
      desired: 4,
      floor: 3,
      ceiling: 5,
      oldAvailable: 3,
      oldUnready: 0,
      newAvailable: 0,
      newStarting: 2,
      terminating: 1,
    },
    revisions: [
      revision(4, ['failing', 'starting'], { newest: true }),
      revision(3, ['available', 'available', 'available', 'terminating']),
      revision(2, []),
      revision(1, []),
    ],
    ...change,
  },
})

const text = (lines: readonly Line[]): string[] => lines.map((each) => textOf(each).trimEnd())
const drawn = (width: number, height: number, change: Partial<Progress> = {}) =>
  text(layout(view(change), { width, height }))

describe('the screen of a rollout', () => {
  it('shows everything at 80x24', () => {
    assert.deepEqual(drawn(80, 24), [
      'default/web  under way, 1 min  to hash4 web:1.4',
      'Pod "web-4-00", container "app": image "web:1.4" cannot be pulled: the registry',
      'has no such image (ErrImagePull/ImagePullBackOff).',
      '-> Correct the image, or push it; going back: kubectl rollout undo.',
      '',
      '[############|~~~~~~~~] x',
      '#3 -0 old =0 ~2 new x1 |3 ]5',
      '',
      'hash4  web:1.4  revision 4, new  0/2 available',
      '  ! web-4-00  failing  container "app": image "web:1.4" cannot be pulled',
      '  ~ web-4-01  starting',
      'hash3  web:1.3  revision 3  3/4 available',
      '  + web-3-00  available',
      '  + web-3-01  available',
      '  + web-3-02  available',
      '  x web-3-03  terminating',
      '2 older revisions without pods',
      '',
      'pod/web-4-00 status.containerStatuses[0]: not found',
      'pod/web-4-00 log[app]',
      '  first line',
      '  second line',
    ])
  })

  it('folds old revisions at 40x15, and keeps the verdict whole', () => {
    const lines = drawn(40, 15)
    assert.deepEqual(lines, [
      'default/web  under way, 1 min  to hash4~',
      'Pod "web-4-00", container "app": image',
      '"web:1.4" cannot be pulled: the registry',
      'has no such image',
      '(ErrImagePull/ImagePullBackOff).',
      '-> Correct the image, or push it; going',
      '   back: kubectl rollout undo.',
      '',
      '[############|~~~~~~~~] x',
      '#3 -0 old =0 ~2 new x1 |3 ]5',
      '',
      'hash4  web:1.4  revision 4, new  0/2 av~',
      '  ! web-4-00  failing  container "app":~',
      '  ~ web-4-01  starting',
      '3 older revisions, 4 pods',
    ])
  })

  it('says all in words where there is room, at 200x50', () => {
    const lines = drawn(200, 50)
    assert.ok(lines[1]?.endsWith('(ErrImagePull/ImagePullBackOff).'))
    assert.ok(
      lines.includes(
        '# 3 old available  = 0 new available  ~ 2 new starting  x 1 terminating, not counted  | floor 3  ] ceiling 5',
      ),
    )
  })

  it('folds healthy pods before it folds old revisions', () => {
    const many = Array.from({ length: 12 }, (): PodState => 'available')
    const lines = drawn(80, 18, {
      revisions: [revision(4, ['failing', ...many], { newest: true }), revision(3, many)],
    })
    assert.ok(lines.includes('  + 12 pods like they should be'))
    assert.ok(lines.some((each) => each.includes('web-4-00  failing')))
    assert.ok(lines.some((each) => each.startsWith('hash3')))
  })

  it('shows the gravest pods of many', () => {
    const states: PodState[] = [
      ...Array.from({ length: 40 }, (): PodState => 'starting'),
      'failing',
    ]
    const lines = drawn(80, 15, { revisions: [revision(4, states, { newest: true })] })
    assert.ok(lines.some((each) => each.includes('failing')))
    assert.match(lines.at(-1) ?? '', /\.\.\. \d+ more pods/)
  })

  it('says when what it shows may be old', () => {
    const lost = { ...view(), link: 'reconnecting: refused' }
    assert.match(text(layout(lost, { width: 80, height: 24 }))[0] ?? '', /reconnecting: refused/)
  })

  it('is never larger than the terminal', () => {
    const state = fc.constantFrom<PodState>(
      'available',
      'failing',
      'starting',
      'terminating',
      'ended',
    )
    const states = fc.array(state, { maxLength: 30 })
    fc.assert(
      fc.property(
        fc.array(states, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 220 }),
        fc.integer({ min: 1, max: 60 }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        (all, width, height, verdict) => {
          const revisions = all.map((each, at) => revision(9 - at, each, { newest: at === 0 }))
          const lines = drawn(width, height, { revisions, explanation: { ...bad, verdict } })
          assert.ok(lines.length <= height, `${lines.length} lines of ${height}`)
          for (const each of lines) assert.ok(widthOf(each) <= width, `"${each}" in ${width}`)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('the gauge', () => {
  const bar = (gauge: Partial<Progress['gauge']>, width = 80) =>
    text(gaugeLines({ ...view().progress.gauge, terminating: 0, ...gauge }, width))[0]

  it('has the floor where the least number of available pods ends', () => {
    assert.equal(
      bar({ oldAvailable: 2, newAvailable: 2, newStarting: 1 }),
      '[########====|====~~~~]',
    )
  })

  it('leaves room up to the ceiling', () => {
    assert.equal(bar({ oldAvailable: 3, newStarting: 0 }), '[############|........]')
  })

  it('shows that the floor was broken', () => {
    assert.equal(bar({ oldAvailable: 2, oldUnready: 1, newStarting: 1 }), '[########~~~~|----....]')
  })

  it('holds more pods than the ceiling allows, and marks it', () => {
    assert.equal(bar({ oldAvailable: 6, newStarting: 0 }), '[############|########]####)')
  })

  it('gets as small as the screen', () => {
    const many = { floor: 75, ceiling: 125, oldAvailable: 80, newAvailable: 10, newStarting: 35 }
    const drawnBar = bar({ ...many, desired: 100 }, 40) ?? ''
    assert.ok(drawnBar.length <= 40, drawnBar)
    assert.match(drawnBar, /^\[#+\|#+=+~+\]$/)
  })
})

describe('lines', () => {
  it('are cut and wrapped by cells, wide characters counting two', () => {
    assert.equal(cut('日本語です', 5), '日本~')
    assert.deepEqual(wrap('日本語 abc', 6), ['日本語', 'abc'])
    assert.deepEqual(wrap('abcdefghij', 4, ' '), ['abcd', ' efg', ' hij'])
  })

  it('cannot move the cursor by what others wrote', () => {
    const sly = { ...bad, verdict: 'a\x1b[2Jb', next: 'c\rd' }
    const lines = layout(view({ explanation: sly }), { width: 80, height: 24 })
    const drawn = lines.map(textOf).join('')
    assert.ok(!drawn.includes('\x1b') && !drawn.includes('\r'))
  })
})
