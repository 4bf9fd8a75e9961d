import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { gitAm } from '../../support/git-am.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'
import { applyCases, buildCase } from './apply-cases.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }

describe('applying is as faithful as git am -3:', () => {
  let repo: TestRepo
  let engine: GitEngine
  beforeEach(async () => {
    repo = makeTestRepo()
    engine = await openGitEngine(repo.gitDir, { readMail: readAsGit })
  })
  afterEach(async () => {
    await engine.close()
    repo.remove()
  })

  it.each(applyCases)('$name', async (applyCase) => {
    const { base, mails } = buildCase(repo, applyCase)
    const patches = toPatchMails(mails)
    const ours = await engine.apply({ base, patches, committer, skipMerged: false }, signal)
    const head = ours.outcome === 'conflict' ? null : ours.head
    const isLanded = head === null || (await engine.resolve(head)) === head

    const judged = gitAm(repo.gitDir, base, mails, committer)

    expect(judged === null ? 'refuses' : 'applies').toBe(applyCase.am)
    expect(head).toBe(judged)
    expect(isLanded).toBe(true)
  })
})
