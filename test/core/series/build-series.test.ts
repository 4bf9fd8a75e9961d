import { describe, expect, it } from 'vitest'
import { toSha } from '../../../src/core/ids.ts'
import { assembleAll } from '../../support/describe-series.ts'
import { id, mail, morning } from '../../support/make-message.ts'

describe('what a series says of itself', () => {
  const sha = toSha('a'.repeat(40))
  const other = toSha('b'.repeat(40))

  it('is taken from its cover before its patches', () => {
    const { series } = assembleAll([
      mail('c', '[RFC PATCH net 0/2] the topic', null, { changeId: 'x', by: 'ann' }),
      mail('a', '[PATCH 1/2] one', 'c', { by: 'ben', minute: 1 }),
      mail('b', '[PATCH 2/2] two', 'c', { by: 'ben', minute: 2 }),
    ])
    expect(series).toMatchObject([
      {
        anchor: id('c'),
        name: 'the topic',
        submitter: { address: 'ann@example.org' },
        prefixes: ['RFC', 'net'],
        changeId: 'x',
        startedAt: new Date(morning),
      },
    ])
  })

  it('is taken from the lowest patch where the cover is empty', () => {
    const { series } = assembleAll([
      mail('c', '[PATCH 0/2] *** SUBJECT HERE ***'),
      mail('a', '[PATCH 1/2] net: one', 'c'),
      mail('b', '[PATCH 2/2] net: two', 'c'),
    ])
    expect(series).toMatchObject([{ name: 'net: one', cover: id('c') }])
  })

  it('finds the base and the prerequisites in any of its mails', () => {
    const { series } = assembleAll([
      mail('c', '[PATCH 0/2] topic'),
      mail('a', '[PATCH 1/2] x', 'c', { prerequisitePatchIds: ['p', 'q'] }),
      mail('b', '[PATCH 2/2] y', 'c', { baseCommit: sha, prerequisitePatchIds: ['q', 'r'] }),
    ])
    expect(series).toMatchObject([
      { baseCommit: sha, prerequisitePatchIds: ['p', 'q', 'r'], problems: [] },
    ])
  })

  it('has a problem where its mails name several bases', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH 1/2] x', null, { baseCommit: sha }),
      mail('b', '[PATCH 2/2] y', 'a', { baseCommit: other }),
    ])
    expect(series).toMatchObject([{ baseCommit: sha, problems: [{ code: 'base-commits-differ' }] }])
  })

  it('hears what replies say of dependencies and older versions, but not of itself', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH] x', null, { dependsOn: [id('a'), id('base')] }),
      mail('r', 'Re: [PATCH] x', 'a', {
        by: 'bob',
        supersedes: [id('old')],
        dependsOn: [id('base2')],
      }),
    ])
    expect(series).toMatchObject([
      { dependsOn: [id('base'), id('base2')], supersedes: [id('old')] },
    ])
  })

  it('names the mails it refers to, also through replies', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH] x'),
      mail('r', 'Re: [PATCH] x', 'a', { by: 'bob', minute: 1 }),
      mail('b', '[PATCH v2] x', 'r', { refs: [], minute: 2 }),
    ])
    expect(series[1]?.answers).toEqual([id('r'), id('a')])
  })

  it('has the pull request that its patches come with', () => {
    const pull = { url: 'https://example.org/r.git', ref: 'tags/x', sha }
    const { series, others } = assembleAll([
      mail('c', '[PULL 0/2] fixes', null, { pull }),
      mail('a', '[PULL 1/2] x', 'c'),
      mail('b', '[PULL 2/2] y', 'c'),
    ])
    expect(series).toMatchObject([{ pull, cover: id('c'), complete: true, prefixes: ['PULL'] }])
    expect(others).toEqual([])
  })

  it('passes on the problems of its mails', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH] x', null, { problems: [{ code: 'message-id-reused', message: 'twice' }] }),
    ])
    expect(series).toMatchObject([
      { problems: [{ code: 'message-id-reused', message: 'a@example.org: twice' }] },
    ])
  })
})
