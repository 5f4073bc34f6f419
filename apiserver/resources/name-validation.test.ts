import assert from 'node:assert/strict'
import * as names from './name-validation.ts'

describe('names', () => {
  const cases: [check: (text: string) => string[], good: string[], bad: string[]][] = [
    [names.labelProblems, ['a', '0', 'a-b', 'a'.repeat(63)], ['', 'A', '-a', 'a-', 'a.b', 'a_b']],
    [names.label1035Problems, ['a', 'a-0'], ['0a', '', 'a.b', 'a'.repeat(64)]],
    [
      names.subdomainProblems,
      ['a', 'a.b', '1.2', 'a'.repeat(253)],
      ['', 'a..b', '.a', 'a/b', 'a%2fb', 'A', 'a'.repeat(254)],
    ],
    [
      names.qualifiedNameProblems,
      ['a', 'A_b.C', 'example.com/a', `a.b/${'a'.repeat(63)}`],
      ['', '/a', 'a/', 'a/b/c', 'A.b/c', '-a', 'a'.repeat(64)],
    ],
    [names.labelValueProblems, ['', 'a', 'A.b_c-d'], ['-', 'a b', 'a/b', 'a'.repeat(64)]],
    [
      names.configKeyProblems,
      ['a', '.a', 'a..b', 'A_b-C.d'],
      ['', '.', '..', '..a', 'a/b', 'a'.repeat(254)],
    ],
    [names.environmentNameProblems, ['A', '1', 'a b', '.'], ['', 'a=b', 'é', '\n']],
    [
      names.portNameProblems,
      ['a', 'a-1', '1a'],
      ['', 'A', '1', 'a--b', '-a', 'a-', 'a'.repeat(16)],
    ],
    [names.percentProblems, ['0%', '100%', '999%'], ['', '%', '1', '1.5%', '-1%']],
    [names.headerNameProblems, ['X-A'], ['', 'a b', 'a:']],
  ]
  for (const [check, good, bad] of cases)
    describe(check.name, () => {
      for (const text of good)
        it(`takes ${JSON.stringify(text.slice(0, 20))}`, () => assert.deepEqual(check(text), []))
      for (const text of bad)
        it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () =>
          assert.notDeepEqual(check(text), []))
    })

  it('a prefix may end in a dash, a name may not', () => {
    for (const check of [names.labelName, names.subdomainName]) {
      assert.deepEqual(check('a-', true), [])
      assert.notDeepEqual(check('a-', false), [])
      assert.notDeepEqual(check('A-', true), [])
    }
  })

  it('a segment of a path leads nowhere else', () => {
    assert.deepEqual(names.pathSegmentProblems('system:a', false), [])
    assert.deepEqual(names.pathSegmentProblems('..', false), ["may not be '..'"])
    assert.deepEqual(names.pathSegmentProblems('a/b%', false), [
      "may not contain '/'",
      "may not contain '%'",
    ])
  })

  it('answers at once, however long the text', () => {
    const long = `${'a'.repeat(200_000)}!`
    const started = performance.now()
    for (const [check] of cases) check(long)
    assert.ok(performance.now() - started < 1000)
  })
})
