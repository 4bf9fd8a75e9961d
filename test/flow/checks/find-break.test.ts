import { describe, expect, it } from 'vitest'
import type { AppliedCommit } from '../../../src/core/apply/application.ts'
import type { Check } from '../../../src/core/checks/check.ts'
import { judge } from '../../../src/core/checks/verdict.ts'
import { type Sha, toSha } from '../../../src/core/ids.ts'
import { type BreakFound, findBreak } from '../../../src/flow/checks/find-break.ts'
import { id, noon, sampleApplication, sampleSha, sampleTopicId } from '../../store/samples.ts'
import { openTempStore } from '../../support/temp-store.ts'

const commits: readonly AppliedCommit[] = [1, 2, 3].map((number) => ({
  number,
  messageId: id(`p${number}`),
  sha: sampleSha(`c${number}`),
  tree: sampleSha(`t${number}`),
  how: 'clean',
}))
const head = sampleSha('c3')
const base = toSha('b'.repeat(40))

function check(sha: Sha, state: Check['state'], changes: Partial<Check> = {}): Check {
  return {
    origin: 'command',
    context: 'unit',
    sha,
    state,
    summary: '',
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: noon,
    finishedAt: noon,
    ...changes,
  }
}

interface Given {
  readonly bisectForMs?: number | null
  readonly red?: Check
  readonly onBase?: Check
  readonly known?: readonly Check[]
  readonly afterMs?: number
}

async function find(given: Given): Promise<BreakFound> {
  const temp = await openTempStore()
  const { red = check(head, 'failure'), onBase = check(base, 'success') } = given
  await temp.store.transaction(async (tx) => {
    for (const one of given.known ?? []) {
      await tx.saveCheck(one, null)
    }
  })
  const verdict = judge({ sha: head, checks: [red], baseChecks: [onBase], expected: ['unit'] })
  const application = {
    ...sampleApplication(sampleTopicId('t')),
    application: { outcome: 'applied', head, tree: head, commits } as const,
  }
  const { bisectForMs = 60_000, afterMs = 0 } = given
  const tests = { name: 'unit', argv: ['true'], timeoutMs: 1, bisectForMs }
  try {
    return await findBreak(verdict, application, [red, onBase], tests, {
      store: temp.store,
      clock: () => new Date(noon.getTime() + afterMs),
    })
  } finally {
    await temp.close()
  }
}

const nothing: BreakFound = { outcome: 'settled', brokenBy: null }

describe('findBreak', () => {
  it('wants a commit in the middle tested, for the time that it is given', async () => {
    expect(await find({})).toEqual({
      outcome: 'test',
      commit: sampleSha('c1'),
      until: new Date(noon.getTime() + 60_000),
    })
  })

  it('knows the patch once the tests around it are known', async () => {
    const known = ['c1', 'c2'].map((name) => check(sampleSha(name), 'success'))
    expect(await find({ known })).toEqual({ outcome: 'settled', brokenBy: commits[2] })
  })

  it.each<[string, Given]>([
    ['where nobody asks', { bisectForMs: null }],
    ['when its time is over', { afterMs: 60_000 }],
    ['where the base is red too', { onBase: check(base, 'failure') }],
    ['where the tests could not be run', { red: check(head, 'error') }],
    ['where nothing is red', { red: check(head, 'success') }],
    ['of a check that is not ours', { red: check(head, 'failure', { origin: 'check-run' }) }],
    ['past a commit that cannot be tested', { known: [check(sampleSha('c1'), 'error')] }],
  ])('does not search %s', async (_when, given) => {
    expect(await find(given)).toEqual(nothing)
  })
})
