import { describe, expect, it } from 'vitest'
import { cpuNow } from '../../support/cpu-now.ts'
import { assembleAll } from '../../support/describe-series.ts'
import { type MailSketch, mail } from '../../support/make-message.ts'

/** Each patch in answer to the one before, References in full, below a cover that never arrived. */
function deepThread(count: number): readonly MailSketch[] {
  return Array.from({ length: count }, (_, at) =>
    mail(`p${at + 1}`, `[PATCH ${at + 1}/${count}] change ${at + 1}`, null, {
      answers: [at === 0 ? 'c' : `p${at}`],
      refs: ['c', ...Array.from({ length: at }, (__, above) => `p${above + 1}`)],
      minute: at,
    }),
  )
}

describe('a long and deep series whose cover never arrived', () => {
  it('is assembled in little time, trailers of the cover included', () => {
    const replies = Array.from({ length: 20 }, (_, at) =>
      mail(`r${at}`, 'Re: [PATCH 0/400] all', 'c', {
        by: `bob${at}`,
        minute: 1000 + at,
        trailers: [{ key: 'Acked-by', value: `Bob <bob${at}@example.org>` }],
      }),
    )
    const begun = cpuNow()
    const { series } = assembleAll([...deepThread(400), ...replies])
    expect(cpuNow() - begun).toBeLessThan(5000)
    expect(series).toHaveLength(1)
    expect(series[0]?.patches.at(-1)?.trailers).toHaveLength(20)
  }, 20_000)
})
