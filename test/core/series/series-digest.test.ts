import { describe, expect, it } from 'vitest'
import { toSha } from '../../../src/core/ids.ts'
import type { Series } from '../../../src/core/series/series.ts'
import { seriesDigest } from '../../../src/core/series/series-digest.ts'
import { id } from '../../support/make-message.ts'
import { makeSeries } from '../../support/make-series.ts'

const series = makeSeries('a')
const patch = { number: 1, messageId: id('b'), subject: 's', patchId: null, trailers: [] }

describe('the digest of a series', () => {
  it('is 64 hex digits', () => {
    expect(seriesDigest(series)).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each<[string, Partial<Series>]>([
    ['version', { version: 2 }],
    ['minor version', { minor: 1 }],
    ['completeness', { complete: false }],
    ['cover', { cover: id('c') }],
    ['name', { name: 'other' }],
    ['patches', { patches: [patch] }],
    ['numbers', { patches: [{ ...patch, number: 2 }] }],
    ['prefixes', { prefixes: ['net'] }],
    ['base-commit', { baseCommit: toSha('a'.repeat(40)) }],
    ['prerequisites', { prerequisitePatchIds: ['b'.repeat(40)] }],
    ['dependencies', { dependsOn: [id('d')] }],
  ])('changes with its %s', (_what, change) => {
    expect(seriesDigest({ ...series, ...change })).not.toBe(seriesDigest(series))
  })

  it.each<[string, Partial<Series>]>([
    ['replies', { replies: [id('r')] }],
    ['problems', { problems: [{ code: 'x', message: 'y' }] }],
    ['references', { answers: [id('r')] }],
    [
      'trailers given in replies',
      {
        patches: series.patches.map((one) => ({
          ...one,
          trailers: [{ key: 'Acked-by', value: 'Bob <b@x.org>', messageId: id('r') }],
        })),
      },
    ],
  ])('does not change with its %s', (_what, change) => {
    expect(seriesDigest({ ...series, ...change })).toBe(seriesDigest(series))
  })
})
