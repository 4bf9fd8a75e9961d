import { diffOf } from './history.ts'
import type { Pull, Repository, Side } from './records.ts'
import type { World } from './world.ts'

interface DiffLine {
  readonly text: string
  /** Null where the line is not in that version. */
  readonly old: number | null
  readonly new: number | null
  /** Lines down from the first `@@` of the file. */
  readonly position: number
}

interface Hunk {
  readonly header: string
  readonly lines: readonly DiffLine[]
}

/** Where a remark sits in a diff. */
export interface Place {
  /** From the header of its hunk to its line. */
  readonly diffHunk: string
  readonly position: number
}

/** The diff of a pull request as of one commit, file by file. */
export type PullDiff = ReadonlyMap<string, readonly Hunk[]>

/** Against where the commit left the base branch, with three lines of context, as GitHub shows it. */
export async function readPullDiff(world: World, pull: Pull, commit: string): Promise<PullDiff> {
  return parseDiff(await diffOf(world, pull.baseSha, commit))
}

export function parseDiff(diff: string): PullDiff {
  const files = new Map<string, Hunk[]>()
  for (const part of diff.split(/^diff --git /m).slice(1)) {
    const name = /^\+\+\+ b\/(.*)$/m.exec(part)?.[1] ?? /^--- a\/(.*)$/m.exec(part)?.[1]
    if (name !== undefined) {
      files.set(name, parseHunks(part))
    }
  }
  return files
}

function parseHunks(part: string): Hunk[] {
  let position = 0
  return part
    .split(/^(?=@@ )/m)
    .slice(1)
    .map((text, index) => {
      const [header = '', ...rest] = text.replace(/\n$/, '').split('\n')
      const [, oldStart = '1', newStart = '1'] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(header) ?? []
      let old = Number(oldStart)
      let fresh = Number(newStart)
      position += index === 0 ? 0 : 1
      const lines = rest
        .filter((line) => !line.startsWith('\\'))
        .map((line) => {
          position += 1
          const isOld = !line.startsWith('+')
          const isNew = !line.startsWith('-')
          const parsed = {
            text: line,
            old: isOld ? old : null,
            new: isNew ? fresh : null,
            position,
          }
          old += isOld ? 1 : 0
          fresh += isNew ? 1 : 0
          return parsed
        })
      return { header, lines }
    })
}

function numberOn(line: DiffLine, side: Side): number | null {
  return side === 'LEFT' ? line.old : line.new
}

/** Null where the line is not part of the diff. */
export function placeOf(diff: PullDiff, path: string, line: number, side: Side): Place | null {
  for (const { header, lines } of diff.get(path) ?? []) {
    const at = lines.findIndex((one) => numberOn(one, side) === line)
    const found = lines[at]
    if (found !== undefined) {
      const texts = lines.slice(0, at + 1).map(({ text }) => text)
      return { diffHunk: [header, ...texts].join('\n'), position: found.position }
    }
  }
  return null
}

/** Whether two lines stand in one hunk. */
export function shareHunk(
  diff: PullDiff,
  path: string,
  first: { readonly line: number; readonly side: Side },
  last: { readonly line: number; readonly side: Side },
): boolean {
  return (diff.get(path) ?? []).some(({ lines }) =>
    [first, last].every(({ line, side }) => lines.some((one) => numberOn(one, side) === line)),
  )
}

/** Where a line of one commit is in another one; null where it was changed. */
export async function followLine(
  world: World,
  repository: Repository,
  path: string,
  line: number,
  from: string,
  to: string,
): Promise<number | null> {
  const args = ['-c', 'core.quotePath=false', 'diff', '-U0', from, to, '--', path]
  const diff = await world.git.git(repository.fullName, args)
  let offset = 0
  for (const match of diff.matchAll(/^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/gm)) {
    const start = Number(match[1])
    const removed = Number(match[2] ?? 1)
    // A hunk that removes nothing stands behind the line that it names.
    if (removed === 0 ? start >= line : start > line) {
      break
    }
    if (removed > 0 && line < start + removed) {
      return null
    }
    offset += Number(match[3] ?? 1) - removed
  }
  return line + offset
}
