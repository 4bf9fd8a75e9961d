import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BaseRule } from '../../../src/core/apply/base-choice.ts'
import type { Dependency } from '../../../src/core/apply/dependency.ts'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { BaseRequest, GitEngine, PatchMail } from '../../../src/git/git-engine.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const main = 'refs/heads/main' as RefName
const stable = 'refs/heads/stable' as RefName
const gone = 'refs/heads/gone' as RefName
const unknown = 'f'.repeat(40) as Sha
const text = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('')

describe('the base of a series', () => {
  let repo: TestRepo
  let engine: GitEngine
  let old: Sha
  let tip: Sha
  let stableTip: Sha
  let aside: Sha
  /** An edit of `a` as it is on main and on stable. */
  let fitsBoth: readonly PatchMail[]
  beforeEach(async () => {
    repo = makeTestRepo()
    engine = await openGitEngine(repo.gitDir)
    old = repo.commit({ files: { a: text, b: 'b\n' } })
    repo.git('branch', 'stable')
    tip = repo.commit({ files: { b: 'main\n' } })
    repo.git('checkout', '-q', 'stable')
    stableTip = repo.commit({ files: { b: 'stable\n' } })
    fitsBoth = patchOn(stableTip, { a: `${text}more\n` })
  })
  afterEach(async () => {
    await engine.close()
    repo.remove()
  })

  function patchOn(
    base: Sha,
    files: Readonly<Record<string, string | null>>,
    ...options: readonly string[]
  ): readonly PatchMail[] {
    repo.git('checkout', '-q', '-f', '--detach', base)
    repo.commit({ files })
    const mails = repo.formatPatch('HEAD~1..HEAD', ...options)
    repo.git('checkout', '-q', '-f', 'main')
    return toPatchMails(mails)
  }

  /** A commit on `base` that no branch has. */
  function commitAside(base: Sha): Sha {
    repo.git('checkout', '-q', '-f', '--detach', base)
    const commit = repo.commit({ files: { [`aside-${base}`]: 'x\n' } })
    repo.git('checkout', '-q', '-f', 'main')
    return commit
  }

  function dependency(rule: Dependency['rule'], base: Sha, head: Sha): Dependency {
    return { rule, name: 'builds-on@example.org', range: { base, head } }
  }

  function request(changes: Partial<BaseRequest> = {}): BaseRequest {
    return {
      given: null,
      baseCommit: null,
      dependencies: [],
      prefixes: [],
      prefixBranches: {},
      branches: [main, stable],
      patches: fitsBoth,
      committer: { name: 'Patchferry', address: 'patchferry@localhost' },
      remotes: [],
      ...changes,
    }
  }

  function withoutIndexLines(patches: readonly PatchMail[]): readonly PatchMail[] {
    return patches.map((patch) => ({
      ...patch,
      raw: Buffer.from(
        Buffer.from(patch.raw)
          .toString()
          .replace(/^index .*\n/gm, ''),
      ),
    }))
  }

  it.each<[string, () => Partial<BaseRequest>, BaseRule, () => Sha, RefName | null]>([
    ['what is given', () => ({ given: old, baseCommit: stableTip }), 'given', () => old, main],
    ['the base-commit', () => ({ baseCommit: stableTip }), 'base-commit', () => stableTip, stable],
    [
      'the prerequisite before what it depends on',
      () => {
        aside = commitAside(stableTip)
        const dependencies = [
          dependency('depends-on', stableTip, commitAside(tip)),
          dependency('prerequisite', stableTip, aside),
        ]
        return { dependencies }
      },
      'prerequisite',
      () => aside,
      null,
    ],
    [
      'the first known series it depends on',
      () => {
        aside = commitAside(tip)
        const dependencies = [
          { rule: 'depends-on', name: '1@example.org', range: null } as const,
          dependency('depends-on', tip, unknown),
          dependency('depends-on', tip, aside),
        ]
        return { dependencies }
      },
      'depends-on',
      () => aside,
      null,
    ],
    [
      'the branch of the prefix, however it is written',
      () => ({ prefixes: ['RFC', 'Stable'], prefixBranches: { net: main, stable } }),
      'prefix',
      () => stableTip,
      stable,
    ],
    ['the first tip with the same files', () => ({}), 'blob-index', () => tip, main],
    [
      'the tip of another branch with the same files',
      () => ({ patches: patchOn(stableTip, { b: 'x\n' }) }),
      'blob-index',
      () => stableTip,
      stable,
    ],
    [
      'the newest commit with the same files',
      () => {
        const patches = patchOn(tip, { a: `${text}more\n`, b: 'x\n' })
        repo.git('checkout', '-q', 'main')
        tip = repo.commit({ files: { c: 'besides\n' } })
        repo.commit({ files: { b: 'later\n' } })
        return { patches }
      },
      'blob-index',
      () => tip,
      main,
    ],
    [
      'the newest such commit on any branch',
      () => {
        const patches = patchOn(old, { b: 'x\n' })
        repo.git('checkout', '-q', '-B', 'stable', old)
        tip = repo.commit({ files: { c: 'besides\n' } })
        repo.commit({ files: { b: 'later\n' } })
        return { patches }
      },
      'blob-index',
      () => tip,
      stable,
    ],
    [
      'a commit merged from the side',
      () => {
        repo.git('checkout', '-q', '-b', 'side', tip)
        const side = repo.commit({ files: { a: `side\n${text}` } })
        repo.commit({ files: { a: `side 2\n${text}` } })
        repo.git('checkout', '-q', 'main')
        repo.git('merge', '-q', '--no-ff', '-m', 'merge', 'side')
        const patches = patchOn(side, { a: `side\n${text}more\n` })
        tip = side
        return { patches }
      },
      'blob-index',
      () => tip,
      main,
    ],
    [
      'the first tip it applies on, when no index line helps',
      () => ({ patches: withoutIndexLines(patchOn(stableTip, { b: 'x\n' })) }),
      'trial',
      () => stableTip,
      stable,
    ],
    [
      'a trial for new files only',
      () => ({ patches: patchOn(stableTip, { new: 'x\n' }) }),
      'trial',
      () => tip,
      main,
    ],
    [
      'a trial when a file it was made from was never seen',
      () => {
        const patches = patchOn(stableTip, { a: `${text}more\n` })
        const raw = Buffer.from(
          Buffer.from(patches[0]?.raw ?? [])
            .toString()
            .replace(/^index \w+/m, 'index 1234567'),
        )
        return { patches: patches.map((patch) => ({ ...patch, raw })) }
      },
      'trial',
      () => tip,
      main,
    ],
    [
      'the default branch when it applies nowhere',
      () => ({
        patches: patchOn(repo.commit({ files: { a: 'other\n' } }), { a: 'x\n' }),
        branches: [gone, stable],
      }),
      'default',
      () => stableTip,
      stable,
    ],
  ])('is %s', async (_, changes, rule, base, branch) => {
    const choice = await engine.chooseBase(request(changes()), signal)

    expect(choice).toMatchObject({ outcome: 'chosen', rule, base: base(), branch })
    expect(choice.rungs.map((rung) => rung.taken)).toEqual(
      choice.rungs.map((_rung, index) => index === choice.rungs.length - 1),
    )
    for (const { finding } of choice.rungs) {
      expect(finding).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('falls to the next rung when a base-commit cannot be had, and says so', async () => {
    const choice = await engine.chooseBase(request({ baseCommit: unknown }), signal)

    expect(choice).toMatchObject({ outcome: 'chosen', rule: 'blob-index', base: tip })
    expect(choice.rungs[0]).toEqual({
      rule: 'base-commit',
      taken: false,
      finding: `The series states ${unknown}, which is not here, and nobody else was asked.`,
    })
  })

  describe('that is built on another series', () => {
    let head: Sha
    beforeEach(() => {
      head = commitAside(tip)
    })

    it('is that series where the base-commit lacks it, as git format-patch --base means it', async () => {
      const dependencies = [dependency('prerequisite', tip, head)]
      const choice = await engine.chooseBase(request({ baseCommit: tip, dependencies }), signal)

      expect(choice).toMatchObject({ rule: 'prerequisite', base: head, branch: null })
      expect(choice.rungs[0]).toEqual({
        rule: 'base-commit',
        taken: false,
        finding: `The series states ${tip.slice(0, 12)}, which is on refs/heads/main but lacks the series that this one is built on.`,
      })
    })

    it.each([
      ['has it', () => repo.git('merge', '-q', '--no-ff', '-m', 'merge', head)],
      ['has its patches as other commits', () => repo.git('cherry-pick', head)],
    ])('is the base-commit where that %s', async (_, merge) => {
      repo.commit({ files: { e: 'besides\n' } })
      merge()
      const baseCommit = repo.sha('HEAD')
      const dependencies = [dependency('depends-on', tip, head)]
      const choice = await engine.chooseBase(request({ baseCommit, dependencies }), signal)

      expect(choice).toMatchObject({ rule: 'base-commit', base: baseCommit, branch: main })
    })

    it('is the base-commit where nobody knows that series, and says so', async () => {
      const dependencies = [{ rule: 'depends-on', name: 'gone@example.org', range: null } as const]
      const choice = await engine.chooseBase(request({ baseCommit: tip, dependencies }), signal)

      expect(choice).toMatchObject({ rule: 'base-commit', base: tip })
      expect(choice.rungs[0]?.finding).toContain('What it is built on is not known here.')
    })

    it('is looked for further down once that series is merged', async () => {
      repo.commit({ files: { e: 'besides\n' } })
      repo.git('cherry-pick', head)
      const dependencies = [dependency('depends-on', tip, head)]
      const choice = await engine.chooseBase(request({ dependencies }), signal)

      expect(choice).toMatchObject({ rule: 'blob-index', base: repo.sha('main') })
      expect(choice.rungs.find(({ rule }) => rule === 'depends-on')?.finding).toBe(
        'Of what it is built on, builds-on@example.org is merged into refs/heads/main.',
      )
    })
  })

  describe('where green commits are asked for', () => {
    it('is the newest one it applies on, when it applies on no tip', async () => {
      const patches = withoutIndexLines(patchOn(stableTip, { b: 'x\n' }))
      repo.git('checkout', '-q', 'stable')
      const later = repo.commit({ files: { b: 'later\n' } })
      repo.git('checkout', '-q', 'main')
      const green = new Set([tip, stableTip])
      const choice = await engine.chooseBase(
        request({ patches, isGreen: async (commit) => green.has(commit) }),
        signal,
      )

      expect(choice).toMatchObject({ rule: 'green', base: stableTip, branch: stable })
      expect(later).not.toBe(stableTip)
      expect(choice.rungs.at(-1)?.finding).toContain('whose checks are green')
    })

    it('is the default when no commit is green', async () => {
      const patches = withoutIndexLines(patchOn(repo.commit({ files: { a: 'x\n' } }), { a: 'y\n' }))
      const choice = await engine.chooseBase(
        request({ patches, branches: [stable], isGreen: async () => false }),
        signal,
      )

      expect(choice).toMatchObject({ rule: 'default', base: stableTip })
      expect(choice.rungs.find(({ rule }) => rule === 'green')?.finding).toBe(
        'No green commit serves: refs/heads/stable has none among its newest 50.',
      )
    })
  })

  it('tells every rung down to the default', async () => {
    const patches = withoutIndexLines(patchOn(repo.commit({ files: { a: 'x\n' } }), { a: 'y\n' }))
    const choice = await engine.chooseBase(request({ patches, branches: [stable] }), signal)

    expect(choice.rungs.map(({ rule }) => rule)).toEqual([
      'base-commit',
      'prerequisite',
      'depends-on',
      'prefix',
      'blob-index',
      'trial',
      'default',
    ])
    expect(choice.rungs[5]?.finding).toBe('It does not apply on refs/heads/stable (patch 1).')
  })

  it.each<[string, Partial<BaseRequest>]>([
    ['no branch exists', { branches: [gone] }],
    ['there is no branch', { branches: [] }],
    ['what was given is not here', { given: unknown }],
  ])('is missing when %s', async (_, changes) => {
    expect(await engine.chooseBase(request(changes), signal)).toMatchObject({
      outcome: 'base-missing',
    })
  })

  it('writes nothing while it searches', async () => {
    const before = [repo.git('for-each-ref'), repo.git('count-objects', '-v')]
    await engine.chooseBase(request({ patches: withoutIndexLines(fitsBoth) }), signal)

    expect([repo.git('for-each-ref'), repo.git('count-objects', '-v')]).toEqual(before)
  })

  it.each(['../x', '/etc/passwd', './x', '', 'a\nb', '.git/config'])(
    'survives a patch of %j',
    async (name) => {
      const quoted = JSON.stringify(`a/${name}`)
      const diff = `diff --git ${quoted} ${quoted}\nindex 1234567..7654321 100644\n--- ${quoted}\n+++ ${quoted}\n@@ -1 +1 @@\n-a\n+b\n`
      const raw = Buffer.from(`From: A <a@example.org>\nSubject: x\n\nx\n---\n${diff}`)
      const patches = toPatchMails([raw])
      const choice = await engine.chooseBase(request({ patches }), signal)

      expect(choice).toMatchObject({ outcome: 'chosen', rule: 'default' })
    },
  )

  describe('when the base-commit lies elsewhere', () => {
    let upstream: TestRepo
    let theirs: Sha
    beforeEach(() => {
      upstream = makeTestRepo()
      upstream.git('fetch', '-q', repo.gitDir, 'refs/heads/main:refs/heads/up')
      upstream.git('checkout', '-q', 'up')
      theirs = upstream.commit({ files: { c: 'theirs\n' } })
      upstream.commit({ files: { c: 'newer\n' } })
    })
    afterEach(() => {
      upstream.remove()
    })

    it('is fetched by its name', async () => {
      const remotes = [{ url: upstream.gitDir, authorization: null }]
      const choice = await engine.chooseBase(request({ baseCommit: theirs, remotes }), signal)

      expect(choice).toMatchObject({ outcome: 'chosen', rule: 'base-commit', base: theirs })
      expect(choice).toMatchObject({ branch: null })
      expect(await engine.resolve(theirs)).toBe(theirs)
    })

    it('is given up when no remote has it', async () => {
      const remotes = [{ url: upstream.gitDir, authorization: null }]
      const choice = await engine.chooseBase(request({ baseCommit: unknown, remotes }), signal)

      expect(choice).toMatchObject({ rule: 'blob-index' })
      expect(choice.rungs[0]?.finding).toContain('none of 1 remotes gives it')
    })

    it('is waited for while a remote does not answer', async () => {
      const remotes = [{ url: path.join(upstream.directory, 'gone'), authorization: null }]

      await expect(
        engine.chooseBase(request({ baseCommit: theirs, remotes }), signal),
      ).rejects.toMatchObject({ code: 'GIT_REMOTE_UNREACHABLE', retry: 'later' })
    })
  })
})
