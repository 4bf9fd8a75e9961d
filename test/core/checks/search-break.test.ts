import { describe, expect, it } from 'vitest'
import type { AppliedCommit } from '../../../src/core/apply/application.ts'
import type { CheckState } from '../../../src/core/checks/check.ts'
import { searchBreak } from '../../../src/core/checks/search-break.ts'
import { type Sha, toMessageId, toSha } from '../../../src/core/ids.ts'

function sha(n: number): Sha {
  return toSha(`${n}`.padStart(40, '0'))
}

function commit(number: number): AppliedCommit {
  const messageId = toMessageId(`${number}@example.org`)
  return { number, messageId, sha: sha(number), tree: sha(number), how: 'clean' }
}

function series(total: number): readonly AppliedCommit[] {
  return Array.from({ length: total }, (_, n) => commit(n + 1))
}

/** Tests what the search asks for until it has an answer. */
function search(
  commits: readonly AppliedCommit[],
  test: (number: number) => CheckState,
): { readonly found: number | null; readonly tests: number } {
  const known = new Map<Sha, CheckState>()
  for (;;) {
    const step = searchBreak(commits, (one) => known.get(one) ?? null)
    if (step.outcome !== 'test') {
      return {
        found: step.outcome === 'found' ? step.commit.number : null,
        tests: known.size,
      }
    }
    expect(known.has(step.commit)).toBe(false)
    known.set(step.commit, test(Number(step.commit)))
  }
}

describe('searchBreak', () => {
  it('finds every patch of every series up to twenty, by halving', () => {
    for (let total = 1; total <= 20; total += 1) {
      for (let broken = 1; broken <= total; broken += 1) {
        const { found, tests } = search(series(total), (n) => (n < broken ? 'success' : 'failure'))

        expect(found).toBe(broken)
        expect(tests).toBeLessThanOrEqual(Math.ceil(Math.log2(total)))
      }
    }
  })

  it('leaves out patches that the base had', () => {
    const commits = series(4).map((one) => (one.number === 1 ? { ...one, sha: null } : one))

    expect(search(commits, () => 'failure').found).toBe(2)
  })

  it('gives up where a commit cannot be tested', () => {
    expect(search(series(4), () => 'error')).toEqual({ found: null, tests: 1 })
  })

  it('finds nothing in nothing', () => {
    expect(search([], () => 'failure')).toEqual({ found: null, tests: 0 })
  })
})
