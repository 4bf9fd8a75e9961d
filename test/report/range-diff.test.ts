import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { summarizeRangeDiff } from '../../src/report/range-diff.ts'

describe('summarizeRangeDiff', () => {
  let folder: string

  function git(...values: readonly string[]): string {
    return execFileSync('git', values, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.org',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@example.org',
        LC_ALL: 'C.UTF-8',
      },
    })
  }

  function commit(file: string, text: string, subject: string): void {
    writeFileSync(path.join(folder, file), text)
    git('add', '-A')
    git('commit', '-qm', subject)
  }

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-range-diff-'))
    git('init', '-q', '-b', 'main')
    commit('base', 'base\n', 'base')
    git('checkout', '-q', '-b', 'v1')
    commit('list', 'one\ntwo\nthree\nfour\nfive\nsix\n', 'add a list')
    commit('count', 'a\nb\nc\nd\ne\nf\ng\nh\n', 'count the widgets')
    commit('gone', 'gone\n', 'drop me: 1:  abc = 1:  def')
    git('checkout', '-q', '-b', 'v2', 'main')
    commit('list', 'one\ntwo\nthree\nfour\nfive\nsix\n', 'add a list')
    commit('count', 'a\nb\nc\nd\ne\nf\ng\nX\n', 'count the widgets')
    commit('test', 'quite another file\n', 'test the count')
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it('reads what git says of two versions', () => {
    const summary = summarizeRangeDiff(git('range-diff', 'main', 'v1', 'v2'))

    expect(summary).toMatchObject({ same: 1, changed: 1, added: 1, dropped: 1, leftOut: 0 })
    expect(summary?.lines).toEqual([
      expect.stringMatching(/^1: [0-9a-f]+ = 1: [0-9a-f]+ add a list$/),
      expect.stringMatching(/^2: [0-9a-f]+ ! 2: [0-9a-f]+ count the widgets$/),
      expect.stringMatching(/^3: [0-9a-f]+ < -: -+ drop me: 1: abc = 1: def$/),
      expect.stringMatching(/^-: -+ > 3: [0-9a-f]+ test the count$/),
    ])
  })

  it('leaves out unchanged patches of a long series, and then the rest', () => {
    const same = Array.from({ length: 30 }, (_, n) => `${n}:  aaaaaaa = ${n}:  bbbbbbb same ${n}\n`)
    const changed = Array.from(
      { length: 13 },
      (_, n) => `${n}:  aaaaaaa ! ${n}:  bbbbbbb new ${n}\n`,
    )

    const few = summarizeRangeDiff([...same, ...changed.slice(0, 2)].join(''))
    const many = summarizeRangeDiff([...same, ...changed].join(''))

    expect(few).toMatchObject({ same: 30, changed: 2, leftOut: 0 })
    expect(few?.lines).toHaveLength(2)
    expect(many).toMatchObject({ changed: 13, leftOut: 3 })
    expect(many?.lines).toHaveLength(10)
  })

  it('is null where nothing names a patch', () => {
    expect(summarizeRangeDiff('')).toBeNull()
    expect(summarizeRangeDiff('fatal: no such revision\n')).toBeNull()
  })
})
