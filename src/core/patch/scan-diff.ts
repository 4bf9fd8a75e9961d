import { markerPath, plainPath, sharedPath } from './diff-path.ts'
import type { PatchFile } from './patch-file.ts'

/** Why a diff cannot be applied anywhere: `line` counts from 1 within the diff. */
export interface DiffFault {
  readonly line: number
  readonly what: 'hunk-too-short' | 'hunk-line' | 'hunk-without-file' | 'hunk-missing'
}

interface FaultAt {
  readonly at: number
  readonly what: DiffFault['what']
}

/** One file of a diff and where it stands in the text. */
export interface DiffPart {
  readonly file: PatchFile
  /** Position of its first header line. */
  readonly start: number
  /** Position after its last header or hunk line. */
  readonly end: number
  readonly hunks: number
  /** It has a `diff --git` header. */
  readonly isGit: boolean
}

export interface DiffScan {
  readonly parts: readonly DiffPart[]
  /** The first fault; null when every hunk has the lines that it announces. */
  readonly fault: DiffFault | null
}

const hunkHeader = /@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/y

/**
 * Finds the files of a diff in a byte string (one character per byte), wherever they begin, as `git apply` does.
 * Hunks are skipped by the counts of their headers, so that no line of content is ever taken for a header.
 */
export function scanDiff(text: string): DiffScan {
  const parts: DiffPart[] = []
  let fault: FaultAt | null = null
  let at = 0
  while (at < text.length) {
    const header = fileHeader(text, at)
    if (header === null) {
      if (fault === null && hunkAt(text, at) !== null) {
        fault = { at, what: 'hunk-without-file' }
      }
      at = nextLine(text, at)
      continue
    }
    const body = readHunks(text, header.end)
    const isBinary = body.isBinary
    const isHunkMissing = header.hasMarkers && body.hunks === 0 && !isBinary
    fault ??= isHunkMissing ? { at: body.end, what: 'hunk-missing' } : body.fault
    const isChange = body.hunks > 0 || isBinary || header.isChange || isHunkMissing
    if (isChange) {
      const file = { ...header.file, isBinary }
      parts.push({ file, start: at, end: body.end, hunks: body.hunks, isGit: header.isGit })
    }
    at = Math.max(body.end, nextLine(text, at))
  }
  const line = fault === null ? 0 : lineNumber(text, fault.at)
  return { parts, fault: fault === null ? null : { line, what: fault.what } }
}

/** The position after the newline of the line at `from`. */
export function nextLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

interface FileHeader {
  readonly file: Omit<PatchFile, 'isBinary'>
  readonly end: number
  readonly isGit: boolean
  /** It changes something without any hunk: a mode, a name, an empty file made or removed. */
  readonly isChange: boolean
  /** It has the lines `---` and `+++`, which hunks must follow. */
  readonly hasMarkers: boolean
}

function fileHeader(text: string, at: number): FileHeader | null {
  if (text.startsWith('diff --git ', at)) {
    return gitHeader(text, at)
  }
  return text.startsWith('--- ', at) ? plainHeader(text, at) : null
}

/** `--- x`, `+++ y` and something like a hunk, as diff -u writes them. */
function plainHeader(text: string, at: number): FileHeader | null {
  const second = nextLine(text, at)
  if (!text.startsWith('+++ ', second)) {
    return null
  }
  const end = nextLine(text, second)
  if (!text.startsWith('@@', end)) {
    return null
  }
  const oldPath = markerPath(text.slice(at + 4, second))
  const newPath = markerPath(text.slice(second + 4, end))
  const file = { oldPath, newPath, oldMode: null, newMode: null, oldBlob: null, newBlob: null }
  return { file, end, isGit: false, isChange: false, hasMarkers: true }
}

/** A line of the extended header; the first line that is none ends it. */
const extendedLine =
  /(index|---|\+\+\+|old mode|new mode|new file mode|deleted file mode|(?:rename|copy) (?:from|to|old|new)|(?:dis)?similarity index) ([^\n]*)(?:\n|$)/y

const indexLine = /^([0-9a-f]+)\.\.([0-9a-f]+)(?: ([0-7]{6}))?/

function gitHeader(text: string, at: number): FileHeader {
  const fields = new Map<string, string>()
  const first = nextLine(text, at)
  let end = first
  for (;;) {
    extendedLine.lastIndex = end
    const found = extendedLine.exec(text)
    if (found === null) {
      break
    }
    const [line, key = '', value = ''] = found
    if (fields.has('+++') || (fields.has('---') && key !== '+++')) {
      break
    }
    fields.set(key, value)
    end += line.length
  }
  const [, before, after, mode] = indexLine.exec(fields.get('index') ?? '') ?? []
  const shared = sharedPath(text.slice(at + 'diff --git '.length, first))
  const oldName = nameOf(fields, ['rename from', 'rename old', 'copy from'], '---', shared)
  const newName = nameOf(fields, ['rename to', 'rename new', 'copy to'], '+++', shared)
  const isNew = fields.has('new file mode')
  const isDeleted = fields.has('deleted file mode')
  const file = {
    oldPath: isNew ? null : oldName,
    newPath: isDeleted ? null : newName,
    oldMode: modeOf(fields, ['old mode', 'deleted file mode']) ?? mode ?? null,
    newMode: modeOf(fields, ['new mode', 'new file mode']) ?? mode ?? null,
    oldBlob: blobOf(before),
    newBlob: blobOf(after),
  }
  const isChange = isNew || isDeleted || fields.has('new mode') || isMove(fields)
  return { file, end, isGit: true, isChange, hasMarkers: fields.has('+++') }
}

function isMove(fields: ReadonlyMap<string, string>): boolean {
  return [...fields.keys()].some((key) => key.startsWith('rename ') || key.startsWith('copy '))
}

/** A path by the lines that state it: plainly, with a prefix, or only in the `diff --git` line. */
function nameOf(
  fields: ReadonlyMap<string, string>,
  plain: readonly string[],
  marker: string,
  shared: string | null,
): string | null {
  const stated = plain.map((key) => fields.get(key)).find((value) => value !== undefined)
  if (stated !== undefined) {
    return plainPath(stated)
  }
  const marked = fields.get(marker)
  return marked === undefined ? shared : markerPath(marked)
}

function modeOf(fields: ReadonlyMap<string, string>, keys: readonly string[]): string | null {
  const stated = keys.map((key) => fields.get(key)).find((value) => value !== undefined)
  return /^[0-7]{6}/.exec(stated ?? '')?.[0] ?? null
}

function blobOf(name: string | undefined): string | null {
  return name === undefined || /^0*$/.test(name) ? null : name
}

interface HunkCounts {
  readonly before: number
  readonly after: number
}

function hunkAt(text: string, at: number): HunkCounts | null {
  if (!text.startsWith('@@ -', at)) {
    return null
  }
  hunkHeader.lastIndex = at
  const found = hunkHeader.exec(text)
  return found === null ? null : { before: Number(found[1] ?? 1), after: Number(found[2] ?? 1) }
}

interface Hunks {
  readonly end: number
  readonly hunks: number
  readonly isBinary: boolean
  readonly fault: FaultAt | null
}

/** Everything that follows the header of one file. */
function readHunks(text: string, from: number): Hunks {
  if (text.startsWith('GIT binary patch', from)) {
    return { end: binaryEnd(text, from), hunks: 0, isBinary: true, fault: null }
  }
  if (text.startsWith('Binary files ', from)) {
    return { end: nextLine(text, from), hunks: 0, isBinary: true, fault: null }
  }
  let at = from
  let hunks = 0
  for (let counts = hunkAt(text, at); counts !== null; counts = hunkAt(text, at)) {
    const hunk = readHunk(text, nextLine(text, at), counts)
    at = hunk.end
    hunks += 1
    if (hunk.fault !== null) {
      return { end: at, hunks, isBinary: false, fault: hunk.fault }
    }
  }
  return { end: at, hunks, isBinary: false, fault: null }
}

function readHunk(
  text: string,
  from: number,
  counts: HunkCounts,
): { readonly end: number; readonly fault: FaultAt | null } {
  let { before, after } = counts
  let at = from
  while (before > 0 || after > 0) {
    const mark = text[at]
    // An empty line is a context line whose blank was lost on the way: git takes it as one.
    if (mark === ' ' || mark === '\n') {
      before -= 1
      after -= 1
    } else if (mark === '-') {
      before -= 1
    } else if (mark === '+') {
      after -= 1
    } else if (mark !== '\\') {
      const what = mark === undefined ? 'hunk-too-short' : 'hunk-line'
      return { end: at, fault: { at, what } }
    }
    if (before < 0 || after < 0) {
      return { end: at, fault: { at, what: 'hunk-line' } }
    }
    at = nextLine(text, at)
  }
  return { end: text.startsWith('\\ ', at) ? nextLine(text, at) : at, fault: null }
}

/** After the base-85 lines of a binary patch: one or two blocks, each closed by an empty line. */
function binaryEnd(text: string, from: number): number {
  let at = nextLine(text, from)
  while (/^(?:literal|delta) \d/.test(text.slice(at, at + 16))) {
    const close = text.indexOf('\n\n', at)
    at = close === -1 ? text.length : close + 2
  }
  return at
}

function lineNumber(text: string, at: number): number {
  let count = 1
  for (
    let next = text.indexOf('\n');
    next !== -1 && next < at;
    next = text.indexOf('\n', next + 1)
  ) {
    count += 1
  }
  return count
}
