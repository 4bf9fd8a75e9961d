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

  it('reads past a content that is too large, whatever comes after it', async () => {
    const large = 'x'.repeat(maxBytes * 5)
    const just = 'y'.repeat(maxBytes)
    const commit = repo.commit({ files: { large, just, small: 'small\n' } })
    const names = ['large', 'just', 'large', 'small'].map((name) => `${commit}:${name}`)

    const found = await reader.find(names, signal)

    expect(found.map((one) => one?.content?.length ?? null)).toEqual([null, maxBytes, null, 6])
  })
})
