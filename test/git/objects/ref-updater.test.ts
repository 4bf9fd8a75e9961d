import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import { createRefUpdater, type RefUpdater } from '../../../src/git/objects/ref-updater.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

describe('refs moved through one git', () => {
  let repo: TestRepo
  let refs: RefUpdater
  let commit: Sha
  beforeEach(() => {
    repo = makeTestRepo()
    commit = repo.commit({ files: { a: 'a\n' } })
    refs = createRefUpdater({ gitDir: repo.gitDir })
  })
  afterEach(async () => {
    await refs.close()
    repo.remove()
  })

  function ref(name: string): RefName {
    return `refs/x/${name}` as RefName
  }
  function listing(): readonly string[] {
    return repo.git('for-each-ref', '--format=%(refname)', 'refs/x').split('\n').filter(Boolean)
  }

  it('takes many calls at once, each a transaction', async () => {
    const names = ['1', '2', '3', '4', '5']
    await Promise.all(names.map(async (name) => refs.update([{ ref: ref(name), target: commit }])))
    await refs.update([
      { ref: ref('1'), target: null },
      { ref: ref('6'), target: commit },
    ])

    expect(listing()).toEqual(['2', '3', '4', '5', '6'].map(ref))
  })

  it('changes nothing of a transaction that is refused, and goes on after it', async () => {
    await refs.update([{ ref: ref('a'), target: commit }])

    await expect(
      refs.update([
        { ref: ref('b'), target: commit },
        { ref: ref('a/below'), target: commit },
      ]),
    ).rejects.toMatchObject({ code: 'GIT_REF_CONFLICT' })
    await refs.update([{ ref: ref('c'), target: commit }])

    expect(listing()).toEqual([ref('a'), ref('c')])
  })

  it('moves a ref only from where it is expected', async () => {
    const later = repo.commit({ files: { a: 'b\n' } })
    await refs.update([{ ref: ref('a'), target: commit, expected: null }])
    const wrong = [
      { ref: ref('a'), target: later, expected: null },
      { ref: ref('a'), target: later, expected: later },
      { ref: ref('a'), target: null, expected: later },
    ]
    for (const update of wrong) {
      await expect(refs.update([update])).rejects.toMatchObject({ code: 'GIT_REF_CONFLICT' })
    }
    expect(repo.git('rev-parse', ref('a')).trim()).toBe(commit)

    await refs.update([{ ref: ref('a'), target: later, expected: commit }])
    expect(repo.git('rev-parse', ref('a')).trim()).toBe(later)
  })

  it('goes on with another git when that one is killed', async () => {
    await refs.update([{ ref: ref('a'), target: commit }])
    execFileSync('pkill', [
      '-KILL',
      '-P',
      String(process.pid),
      '-f',
      'update-ref --no-deref --stdin',
    ])

    const first = await refs
      .update([{ ref: ref('b'), target: commit }])
      .catch((error: unknown) => error)
    await refs.update([{ ref: ref('c'), target: commit }])

    expect(first === undefined || first instanceof Error).toBe(true)
    expect(listing()).toContain(ref('c'))
  })
})
