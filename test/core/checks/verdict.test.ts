import { describe, expect, it } from 'vitest'
import type { Check, CheckState } from '../../../src/core/checks/check.ts'
import { judge } from '../../../src/core/checks/verdict.ts'
import { verdictInFull } from '../../../src/core/checks/verdict-words.ts'
import { toSha } from '../../../src/core/ids.ts'

const sha = toSha('a'.repeat(40))
const base = toSha('b'.repeat(40))

function check(context: string, state: CheckState, of = sha): Check {
  return {
    origin: 'command',
    context,
    sha: of,
    state,
    summary: '',
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: null,
    finishedAt: null,
  }
}

describe('judge', () => {
  it.each<[string, readonly Check[], readonly Check[], string]>([
    ['all are green', [check('a', 'success'), check('b', 'skipped')], [], 'success'],
    ['one is red', [check('a', 'success'), check('b', 'failure')], [], 'failure'],
    ['one was cancelled', [check('a', 'cancelled')], [], 'error'],
    [
      'one fails and another was cancelled for it',
      [check('a', 'failure'), check('b', 'cancelled')],
      [],
      'failure',
    ],
    ['one waits for approval', [check('a', 'approval-needed')], [], 'waiting'],
    [
      'a red one runs again',
      [check('a', 'failure'), { ...check('a', 'running'), attempt: 2 }],
      [],
      'waiting',
    ],
    [
      'a red one was run again',
      [{ ...check('a', 'success'), attempt: 2 }, check('a', 'failure')],
      [],
      'success',
    ],
    [
      'the base is red under the name of its own event',
      [check('a (pull_request)', 'failure'), check('a', 'success')],
      [check('a (push)', 'failure', base)],
      'success',
    ],
    ['the base still runs', [check('a', 'failure')], [check('a', 'running', base)], 'waiting'],
    ['the base was cancelled', [check('a', 'failure')], [check('a', 'cancelled', base)], 'failure'],
    ['one could not run', [check('a', 'error')], [], 'error'],
    [
      'one is red and one could not run',
      [check('a', 'error'), check('b', 'failure')],
      [],
      'failure',
    ],
    ['one still runs', [check('a', 'failure'), check('b', 'running')], [], 'waiting'],
    ['one is expected', [check('b', 'success')], [], 'waiting'],
    ['all were skipped', [check('a', 'skipped')], [], 'no-checks'],
    ['the base is red too', [check('a', 'failure')], [check('a', 'failure', base)], 'success'],
    [
      'another is red on the base',
      [check('a', 'failure')],
      [check('b', 'failure', base)],
      'failure',
    ],
  ])('when %s', (_, checks, baseChecks, state) => {
    expect(judge({ sha, checks, baseChecks, expected: ['a'] }).state).toBe(state)
  })

  it('never lets a result of another head speak', () => {
    const old = check('a', 'failure', base)

    expect(
      judge({ sha, checks: [old, check('a', 'success')], baseChecks: [], expected: ['a'] }),
    ).toMatchObject({ state: 'success', failures: [] })
  })

  it('lists apart what is red on the base too', () => {
    const verdict = judge({
      sha,
      checks: [check('a', 'failure'), check('b', 'failure')],
      baseChecks: [check('a', 'failure', base), check('b', 'success', base)],
      expected: ['a'],
    })

    expect(verdict).toMatchObject({
      state: 'failure',
      alreadyBroken: [{ context: 'a' }],
      failures: [{ context: 'b' }],
    })
  })

  it('has no verdict where there is nothing to judge', () => {
    expect(judge({ sha, checks: [], baseChecks: [], expected: [] }).state).toBe('no-checks')
  })
})

describe('a verdict that may yet change', () => {
  it('waits while more may come in, and not beyond the deadline', () => {
    const input = { sha, checks: [check('a', 'success')], baseChecks: [], expected: [] }

    expect(judge({ ...input, isQuiet: false }).state).toBe('waiting')
    expect(judge({ ...input, isQuiet: false, isOverdue: true }).state).toBe('success')
  })

  it('says why nothing comes, and what was cancelled', () => {
    const checks = [check('a', 'skipped')]
    const skipped = judge({ sha, checks, baseChecks: [], expected: [] })
    expect(skipped).toMatchObject({ state: 'no-checks', silence: 'all-skipped' })

    const cancelled = judge({
      sha,
      checks: [check('a', 'cancelled')],
      baseChecks: [],
      expected: ['b'],
      isOverdue: true,
      silence: 'approval-needed',
      approvalUrl: 'https://x',
    })
    expect(verdictInFull(cancelled)).toBe(
      `error on ${sha}; cancelled: a; not in: b; CI waits for a person who lets it begin; https://x`,
    )
  })
})

describe('a verdict that waits no longer', () => {
  function judgeOverdue(
    checks: readonly Check[],
    expected: readonly string[],
  ): ReturnType<typeof judge> {
    return judge({ sha, checks, baseChecks: [], expected, isOverdue: true })
  }

  it('fails by what is in, and names what is not', () => {
    const checks = [check('build', 'failure'), check('unit', 'running'), check('docs', 'success')]

    expect(judgeOverdue(checks, ['build', 'unit', 'lint'])).toMatchObject({
      state: 'failure',
      overdue: ['unit', 'lint'],
    })
  })

  it('is no success while something is missing', () => {
    expect(judgeOverdue([check('docs', 'success')], ['unit'])).toMatchObject({
      state: 'error',
      overdue: ['unit'],
    })
    expect(judgeOverdue([], ['unit'])).toMatchObject({ state: 'error', overdue: ['unit'] })
  })

  it('is what it would be anyway where nothing is missing', () => {
    expect(judgeOverdue([check('unit', 'success')], ['unit'])).toMatchObject({
      state: 'success',
      overdue: [],
    })
  })
})
