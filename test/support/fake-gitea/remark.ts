import { ApiRefusal } from '../fake-forge/api-server.ts'
import type { FakePull, FakeRemark, FakeRepository } from './records.ts'
import type { World } from './world.ts'

interface WantedRemark {
  readonly path: string
  readonly body: string
  readonly new_position: number
  readonly old_position: number
  readonly extra_lines_count: number
  readonly commit: string
}

/** Lines of context that are kept of a diff (`CODE_COMMENT_LINES`). */
const keptLines = 4

/**
 * One remark, as `services/pull/review.go` stores it: with the commit that wrote the line, and the diff up to it. A file
 * or line that is not there is taken without a word; a commit that is not there is a 500.
 */
export async function makeRemark(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
  wanted: WantedRemark,
): Promise<FakeRemark> {
  const { path, body, commit } = wanted
  const isOld = wanted.old_position > 0
  const line = isOld ? -wanted.old_position : wanted.new_position
  const last = Math.abs(line) + wanted.extra_lines_count
  function git(args: readonly string[]): Promise<string> {
    return world.git.git(repository.name, args)
  }
  const base = await git(['merge-base', `refs/heads/${pull.base}`, commit]).catch(() => {
    throw new ApiRefusal(500, `object does not exist [id: ${commit}]`)
  })
  const diff = await git(['diff', base, commit, '--', path])
  const range = `${Math.abs(line)},${Math.abs(line)}`
  const blame = ['blame', '-l', '-s', '-L', range, isOld ? base : commit, '--', path]
  const blamed = (await git(blame).catch(() => commit)).slice(0, 40).replace('^', '')
  return {
    id: world.nextId(),
    login,
    body,
    path,
    line,
    extraLines: wanted.extra_lines_count,
    blamed,
    hunk: cutDiff(diff, last, isOld),
    createdAt: world.now(),
  }
}

/** The hunk that shows the line, cut to end with it, and to few lines before it. */
function cutDiff(diff: string, line: number, isOld: boolean): string {
  const hunks = diff.split(/^(?=@@ )/m).slice(1)
  for (const hunk of hunks) {
    const [header = '', ...lines] = hunk.trimEnd().split('\n')
    const numbers = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(header)
    let [before, after] = [Number(numbers?.[1]), Number(numbers?.[2])]
    for (const [index, text] of lines.entries()) {
      const isHere = isOld ? text[0] !== '+' && before === line : text[0] !== '-' && after === line
      before += text[0] === '+' ? 0 : 1
      after += text[0] === '-' ? 0 : 1
      if (isHere) {
        return withHeader(lines.slice(Math.max(0, index + 1 - keptLines), index + 1), before, after)
      }
    }
  }
  return ''
}

/** `before` and `after` are the numbers of the lines that would come next. */
function withHeader(lines: readonly string[], before: number, after: number): string {
  const oldCount = lines.filter((line) => line[0] !== '+').length
  const newCount = lines.filter((line) => line[0] !== '-').length
  const header = `@@ -${before - oldCount},${oldCount} +${after - newCount},${newCount} @@`
  return [header, ...lines].join('\n')
}
