import { createHash } from 'node:crypto'

/** The files of a made-up project, as lines. */
export type Tree = ReadonlyMap<string, readonly string[]>

/** One line of one file, replaced. */
export interface Edit {
  readonly file: string
  /** Counted from 0. */
  readonly line: number
  readonly text: string
}

const folders = 20
const filesPerFolder = 25
const linesPerFile = 60
const contextLines = 3

export function makeTree(): Tree {
  const names = Array.from({ length: folders * filesPerFolder }, (_, n) => {
    return `part${n % folders}/unit${Math.floor(n / folders)}.c`
  })
  return new Map(
    names.map((name) => [
      name,
      Array.from({ length: linesPerFile }, (_, n) => `int ${name.replace(/\W/g, '_')}_${n};`),
    ]),
  )
}

export function fileText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

export function withEdit(tree: Tree, { file, line, text }: Edit): Tree {
  const lines = tree.get(file) ?? []
  return new Map([...tree, [file, lines.with(line, text)]])
}

/** What `git diff` prints for the edit, with the names of both blobs. */
export function diffOf(tree: Tree, edit: Edit): string {
  const { file, line, text } = edit
  const before = tree.get(file) ?? []
  const from = Math.max(0, line - contextLines)
  const to = Math.min(before.length, line + contextLines + 1)
  const range = `${from + 1},${to - from}`
  return [
    `diff --git a/${file} b/${file}`,
    `index ${blobName(before)}..${blobName(before.with(line, text))} 100644`,
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${range} +${range} @@`,
    ...before.slice(from, line).map((each) => ` ${each}`),
    `-${before[line] ?? ''}`,
    `+${text}`,
    ...before.slice(line + 1, to).map((each) => ` ${each}`),
    '',
  ].join('\n')
}

function blobName(lines: readonly string[]): string {
  const bytes = Buffer.from(fileText(lines))
  const hash = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes)
  return hash.digest('hex').slice(0, 12)
}
