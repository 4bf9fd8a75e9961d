import { describe, expect, it } from 'vitest'
import { findDependencies, type KnownSeries } from '../../../src/core/apply/dependency.ts'
import type { Sha } from '../../../src/core/ids.ts'
import { id } from '../../support/make-message.ts'
import { makeSeries } from '../../support/make-series.ts'

const [patchA, patchB, patchC] = ['a', 'b', 'c'].map((digit) => digit.repeat(40))
const applied = { base: '1'.repeat(40) as Sha, head: '2'.repeat(40) as Sha }

function holding(local: string, patchIds: readonly (string | undefined)[], day = 1): KnownSeries {
  return {
    series: makeSeries(local, {
      startedAt: new Date(Date.UTC(2026, 0, day)),
      patches: patchIds.map((patchId, index) => ({
        number: index + 1,
        messageId: id(index === 0 ? local : `${local}-${index + 1}`),
        subject: local,
        patchId: patchId ?? null,
        trailers: [],
      })),
    }),
    range: applied,
  }
}

describe('what a series says it is built on', () => {
  const built = makeSeries('built', {
    prerequisitePatchIds: [patchA, patchB, patchC].flatMap((patchId) => patchId ?? []),
  })

  it('is first the series that holds the last prerequisite: its head has the others below', () => {
    const known = [holding('lower', [patchA]), holding('upper', [patchB, patchC])]

    expect(findDependencies(built, known)).toEqual([
      { rule: 'prerequisite', name: id('upper'), range: applied },
      { rule: 'prerequisite', name: id('lower'), range: applied },
    ])
  })

  it('is, of several with the same patch, an applied one, and of those the newest', () => {
    const known = [
      holding('first', [patchC], 1),
      { ...holding('waiting', [patchC], 3), range: null },
      holding('second', [patchC], 2),
    ]

    expect(findDependencies(built, known).map(({ name }) => name)).toEqual(
      ['second', 'first', 'waiting'].map(id),
    )
  })

  it('names the last patch-id where nobody has such a patch', () => {
    expect(findDependencies(built, [holding('other', ['9'.repeat(40)])])).toEqual([
      { rule: 'prerequisite', name: patchC, range: null },
    ])
  })

  it('is what its mails name by any mail of it, in their order, known or not', () => {
    const series = makeSeries('x', { dependsOn: ['gone', 'two-2', 'one'].map(id) })
    const known = [holding('one', [patchA]), holding('two', [patchB, patchC])]

    expect(findDependencies(series, known)).toEqual([
      { rule: 'depends-on', name: id('gone'), range: null },
      { rule: 'depends-on', name: id('two-2'), range: applied },
      { rule: 'depends-on', name: id('one'), range: applied },
    ])
  })

  it('is never itself, nor a patch without a patch-id', () => {
    const series = makeSeries('x', { dependsOn: [id('x')], prerequisitePatchIds: [] })

    expect(findDependencies(series, [{ series, range: applied }])).toEqual([
      { rule: 'depends-on', name: id('x'), range: null },
    ])
    expect(findDependencies(makeSeries('y'), [holding('z', [undefined])])).toEqual([])
  })
})
