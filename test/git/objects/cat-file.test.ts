import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createObjectReader, type ObjectReader } from '../../../src/git/objects/cat-file.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const maxBytes = 100_000

describe('names looked up by one git', () => {
  let repo: TestRepo
  let reader: ObjectReader
  beforeEach(() => {
    repo = makeTestRepo()
    reader = createObjectReader({ gitDir: repo.gitDir }, maxBytes)
  })
  afterEach(async () => {
    await reader.close()
    repo.remove()
  })

  it('gives what is there in the order asked for, and null for what is not', async () => {
    const commit = repo.commit({ files: { 'a b': 'one\n', 'dir/c': 'two\n' } })
    const names = [
      commit,
      `${commit}:a b`,
      `${commit}:nothing here`,
      `${commit}:dir`,
      'abc1 blob',
      `${commit}:dir/c`,
    ]

    const found = await reader.find(names, signal)

    expect(found.map((one) => one?.type ?? null)).toEqual([
      'commit',
      'blob',
      null,
      'tree',
      null,
      'blob',
    ])
    expect(found.map((one) => one?.content?.toString() ?? null).at(-1)).toBe('two\n')
  })

  it('tells what is nothing from what could be several things', async () => {
    // Both names begin with 6bb2.
    const commit = repo.commit({ files: { one: '195\n', other: '389\n' } })
    const asked = [commit, '6bb2', `${commit}:nothing here`, 'f'.repeat(39), 'HEAD^{blob}']

    const found = await reader.find(asked, signal)
    const areNothing = await reader.areNothing(asked, signal)

    expect(found.map((one) => one !== null)).toEqual([true, false, false, false, false])
    expect(areNothing).toEqual([false, false, true, true, true])
  })

  it('reads past a content that is too large, whatever comes after it', async () => {
    const large = 'x'.repeat(maxBytes * 5)
    const just = 'y'.repeat(maxBytes)
    const commit = repo.commit({ files: { large, just, small: 'small\n' } })
    const names = ['large', 'just', 'large', 'small'].map((name) => `${commit}:${name}`)

    const found = await reader.find(names, signal)

    expect(found.map((one) => one?.content?.length ?? null)).toEqual([null, maxBytes, null, 6])
  })
})
