import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RefName, toMessageId, toSha, toTopicId } from '../../../src/core/ids.ts'
import {
  parseSeriesTag,
  renderSeriesTag,
  type SeriesTag,
} from '../../../src/core/series/series-tag.ts'

const tag: SeriesTag = {
  topic: toTopicId(toMessageId('cover@example.org')),
  project: 'hello',
  version: '5.1',
  name: 'words: add German',
  cover: toMessageId('cover@example.org'),
  digest: 'd'.repeat(64),
  head: toSha('1'.repeat(40)),
  tree: toSha('2'.repeat(40)),
  base: toSha('3'.repeat(40)),
  baseRule: 'base-commit',
  baseBranch: 'refs/remotes/base/main' as RefName,
  commits: [
    {
      number: 1,
      messageId: toMessageId('p1@x'),
      sha: null,
      tree: toSha('4'.repeat(40)),
      how: 'already-applied',
    },
    {
      number: 2,
      messageId: toMessageId('p2@x'),
      sha: toSha('1'.repeat(40)),
      tree: toSha('2'.repeat(40)),
      how: 'git',
    },
  ],
  trust: 'clear',
  gitVersion: '2.39.5',
}

describe('the series tag', () => {
  it('is read back as it was written', () => {
    expect(parseSeriesTag(renderSeriesTag(tag))).toEqual(tag)
    expect(parseSeriesTag(renderSeriesTag({ ...tag, cover: null, baseBranch: null }))).toEqual({
      ...tag,
      cover: null,
      baseBranch: null,
    })
  })

  it('keeps its form whatever names and Message-IDs hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, id) => {
        const hostile = {
          ...tag,
          name,
          trust: `approved by ${name}`,
          commits: tag.commits.map((commit) => ({ ...commit, messageId: toMessageId(`${id}x`) })),
        }

        expect(parseSeriesTag(renderSeriesTag(hostile))).toEqual(hostile)
      }),
    )
  })

  it('is told from any other tag', () => {
    expect(parseSeriesTag('v1.0\n\nTopic: x\n')).toBeNull()
  })
})
