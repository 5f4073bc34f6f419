import assert from 'node:assert/strict'
import type { CronJob, Job } from '../../../api/types.ts'
import { container, created, row, told, updated } from '../examples.ts'
import { cronJobs } from './cron-job.ts'
import { scheduleProblem } from './cron-schedule.ts'
import { jobs } from './job.ts'
import { overlapOf, parseIndexes, sizeOf } from './job-indexes.ts'

const template = (restartPolicy = 'Never') => ({
  spec: { restartPolicy, containers: [container()] },
})
const job = (spec: object = {}): Job => ({
  metadata: { name: 'count', uid: 'u-1' },
  spec: { template: template(), ...spec },
})
const cronJob = (spec: object = {}, name = 'count'): CronJob => ({
  metadata: { name },
  spec: { schedule: '@daily', jobTemplate: { spec: { template: template() } }, ...spec },
})
const indexed = { completionMode: 'Indexed', completions: 5 }
type Rule = [about: string, spec: object, errors: string[]]

describe('jobs', () => {
  it('are filled in, and find their pods by labels of their own', () => {
    const made = job()
    assert.deepEqual(created(jobs, made), [])
    jobs.strategy.default?.(made as never)
    const labels = {
      'controller-uid': 'u-1',
      'job-name': 'count',
      'batch.kubernetes.io/controller-uid': 'u-1',
      'batch.kubernetes.io/job-name': 'count',
    }
    assert.partialDeepStrictEqual(made.spec, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
      template: { metadata: { labels } },
    })
    assert.deepEqual(made.metadata.labels, labels)
    assert.deepEqual(made.status, {})
  })

  const rule = (podFailurePolicy: object) => ({ podFailurePolicy: { rules: [podFailurePolicy] } })
  const rules: Rule[] = [
    ['with an index each', { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 5 }, []],
    [
      'end',
      { template: template('Always') },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'of others are not selected',
      { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-2' } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u-2"}}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: {"controller-uid":"u-1","job-name":"count","batch.kubernetes.io/controller-uid":"u-1","batch.kubernetes.io/job-name":"count"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'do not wear labels of others',
      {
        template: { ...template(), metadata: { labels: { 'job-name': 'other' } } },
      },
      [
        `spec.template.metadata.labels[job-name]: Invalid value: {"controller-uid":"u-1","job-name":"other","batch.kubernetes.io/controller-uid":"u-1","batch.kubernetes.io/job-name":"count"}: must be 'count'`,
      ],
    ],
    [
      'count indexes only if they have some',
      { backoffLimitPerIndex: 1 },
      ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    ],
    [
      'with indexes say how many',
      { completionMode: 'Indexed', parallelism: 1 },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'do not fail more than they are',
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 },
      ['spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions'],
    ],
    [
      'say what a failure means by one thing',
      rule({ action: 'FailJob' }),
      [
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'know their exit codes',
      rule({ action: 'Ignore', onExitCodes: { operator: 'In', values: [3, 0, 3] } }),
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
      ],
    ],
    [
      'succeed by indexes that they have',
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: '0-2,9', succeededCount: 9 }] } },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-2,9": error parsing succeededIndexes: too large index: "9"',
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 9: must be less than or equal to 5 (the number of specified completions)',
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 9: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)',
      ],
    ],
    [
      'of other controllers name them',
      { managedBy: 'me' },
      [
        'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
      ],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(jobs, job(spec)), errors))

  it('keep their template, but for places and sizes while they wait and have no pods', () => {
    const placed = (old: Job, image?: string) => {
      const now = structuredClone(old)
      const spec = now.spec!.template.spec!
      spec.nodeSelector = { zone: 'a' }
      spec.containers[0]!.resources = { requests: { cpu: '2' } }
      if (image) spec.containers[0]!.image = image
      return updated(jobs, now, old).map((error) => error.replace(/: \{.*\}:/, ': ...:'))
    }
    const running = job()
    created(jobs, running)
    assert.deepEqual(placed(running), ['spec.template: Invalid value: ...: field is immutable'])
    const waiting = job({ suspend: true })
    created(jobs, waiting)
    assert.deepEqual(placed(waiting), [])
    const immutable = ['spec.template: Invalid value: ...: field is immutable']
    assert.deepEqual(placed(waiting, 'other'), immutable)
    waiting.status = { startTime: '2026-01-01T00:00:00Z' }
    assert.deepEqual(placed(waiting), [])
    waiting.status.active = 1
    assert.deepEqual(placed(waiting), immutable)
  })

  it('with indexes grow with their parallelism alone', () => {
    const old = job({ ...indexed, parallelism: 5 })
    created(jobs, old)
    const grown = (parallelism: number) => {
      const now = structuredClone(old)
      Object.assign(now.spec!, { completions: 7, parallelism })
      return updated(jobs, now, old)
    }
    assert.deepEqual(grown(7), [])
    assert.deepEqual(grown(5), [
      'spec.completions: Invalid value: 7: can only be modified in tandem with spec.parallelism',
    ])
  })

  const condition = (...types: string[]) => types.map((type) => ({ type, status: 'True' }))
  const done = { startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:01:00Z' }
  const states: [about: string, status: object, before: object, errors: string[]][] = [
    ['end well', { ...done, conditions: condition('SuccessCriteriaMet', 'Complete') }, {}, []],
    [
      'do not end well and badly',
      {
        ...done,
        conditions: condition('SuccessCriteriaMet', 'Complete', 'FailureTarget', 'Failed'),
      },
      {},
      [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
    ],
    [
      'do not come back',
      { startTime: done.startTime },
      { ...done, conditions: condition('SuccessCriteriaMet', 'Complete') },
      [
        'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
        'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
      ],
    ],
    [
      'count up',
      { succeeded: 1, failed: 1 },
      { succeeded: 2, failed: 2 },
      [
        'status.failed: Invalid value: 1: cannot decrease the failed counter',
        'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
      ],
    ],
    [
      'that have ended have begun, and run no pods',
      {
        completionTime: done.completionTime,
        active: 1,
        conditions: condition('SuccessCriteriaMet', 'Complete'),
      },
      {},
      [
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.startTime: Required value: startTime is required for finished job',
      ],
    ],
  ]
  for (const [about, status, before, errors] of states)
    it(about, () =>
      assert.deepEqual(
        told(
          jobs.strategy.validateStatusUpdate?.(
            { ...job(), status } as never,
            { ...job(), status: before } as never,
          ) ?? [],
        ),
        errors,
      ),
    )

  it('read as rows', () => {
    const now = Date.UTC(2026, 0, 1, 0, 2)
    const cells = (status: object, spec: object = { completions: 3 }) =>
      row(jobs, { ...job(spec), status }, now).slice(1, 4)
    assert.deepEqual(cells({}), ['Running', '0/3', ''])
    assert.deepEqual(cells({ ...done, succeeded: 3, conditions: condition('Complete') }), [
      'Complete',
      '3/3',
      '60s',
    ])
    assert.deepEqual(
      cells({ startTime: done.startTime, conditions: condition('Suspended') }, { parallelism: 4 }),
      ['Suspended', '0/1 of 4', '2m'],
    )
  })
})

describe('indexes of jobs', () => {
  it('are counted, and compared', () => {
    const indexes = (text: string) => {
      const parsed = parseIndexes(text, 100)
      assert.ok(typeof parsed !== 'string', String(parsed))
      return parsed
    }
    assert.equal(sizeOf(indexes('1,3-5,7')), 5)
    assert.equal(overlapOf(indexes('1,3-5'), indexes('2,6')), undefined)
    assert.equal(overlapOf(indexes('1,3-5'), indexes('4-9')), 4)
  })
  for (const [text, problem] of [
    ['3,1', 'non-increasing order, previous: 3, current: 1'],
    ['5-5', 'non-increasing order, previous: 5, current: 5'],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['100', 'too large index: "100"'],
  ])
    it(`${text}: ${problem}`, () => assert.equal(parseIndexes(text ?? '', 100), problem))
})

describe('cron jobs', () => {
  it('are filled in', () => {
    const made = cronJob()
    assert.deepEqual(created(cronJobs, made), [])
    assert.partialDeepStrictEqual(made.spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    })
    assert.equal(made.spec?.jobTemplate.spec?.backoffLimit, undefined)
  })

  const rules: Rule[] = [
    ['know when', { schedule: '' }, ['spec.schedule: Required value']],
    [
      'name their time zone apart',
      { schedule: 'CRON_TZ=UTC 0 0 * * *' },
      [
        'spec.schedule: Invalid value: "CRON_TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    ['know time zones', { timeZone: 'Europe/Berlin' }, []],
    [
      'know no others',
      { timeZone: 'Europe/Atlantis' },
      ['spec.timeZone: Invalid value: "Europe/Atlantis": unknown time zone Europe/Atlantis'],
    ],
    [
      'overlap, wait or replace',
      { concurrencyPolicy: 'Race' },
      [
        'spec.concurrencyPolicy: Unsupported value: "Race": supported values: "Allow", "Forbid", "Replace"',
      ],
    ],
    [
      'leave selectors to their jobs',
      { jobTemplate: { spec: { template: template(), manualSelector: true } } },
      [
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(cronJobs, cronJob(spec)), errors))

  it('have names that leave room for a time', () => {
    assert.deepEqual(created(cronJobs, cronJob({}, 'a'.repeat(52))), [])
    assert.equal(created(cronJobs, cronJob({}, 'a'.repeat(53))).length, 1)
  })

  it('read as rows', () =>
    assert.deepEqual(row(cronJobs, cronJob({ suspend: false }), 0), [
      'count',
      '@daily',
      '<none>',
      'False',
      0,
      '<none>',
      '<unknown>',
    ]))
})

describe('schedules', () => {
  for (const good of [
    '* * * * *',
    '*/5 0-6/2 1,15 JAN-mar sun',
    '5/10 ? * * ?',
    '@hourly',
    '@every 1h30m',
    'TZ=UTC 0 0 * * 6',
  ])
    it(good, () => assert.equal(scheduleProblem(good), undefined))
  for (const [bad, problem] of [
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@reboot', 'unrecognized descriptor: @reboot'],
    ['@every day', 'failed to parse duration @every day: time: invalid duration "day"'],
    ['TZ=Nowhere 0 0 * * *', 'provided bad location Nowhere: unknown time zone Nowhere'],
  ])
    it(`${bad}: ${problem}`, () => assert.equal(scheduleProblem(bad ?? ''), problem))

  it('are read in one pass, however odd', () => {
    const odd = `TZ=${'a'.repeat(500_000)}\nx\ny`
    assert.match(scheduleProblem(odd) ?? '', /^provided bad location a/)
  })
})
