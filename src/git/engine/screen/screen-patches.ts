import type { Application, Conflict } from '../../../core/apply/application.ts'
import type { Sha } from '../../../core/ids.ts'
import type { PatchFile } from '../../../core/patch/patch-file.ts'
import { type DiffPart, scanDiff } from '../../../core/patch/scan-diff.ts'
import { refusalText } from '../../../core/refusal.ts'
import { gitBytes } from '../../cli/run-git.ts'
import type { MailPatch } from '../apply/mail-patch.ts'
import type { Repository } from '../repository.ts'
import { claimedBytes } from './binary-size.ts'
import { isDotGit, isGitattributes, isGitmodules } from './special-names.ts'
import { submoduleTrick } from './submodule-config.ts'

/** More than a tree can hold on any of our systems (NAME_MAX, PATH_MAX). */
const maxNameBytes = 255
const maxPathBytes = 4_000
/** More than a forge takes in one file, twice. */
const maxBinaryBytes = 256 * 1024 * 1024
/** What all files together hold that one patch edits or copies. */
const maxEditedBytes = 2 * 1024 * 1024 * 1024
/** git ignores a longer line of attributes (ATTR_MAX_LINE_LENGTH), and forges refuse the file. */
const maxAttributesLine = 2047
/** Below so many files nobody needs to add them up. */
const uncounted = 100

interface Finding {
  readonly kind: Parameters<typeof refusalText>[0]
  readonly path: string
  readonly detail: string
}

/**
 * Looks for what no honest patch has, before anything is read or written for it: git would take some of it, and break down on
 * some. Null where there is nothing; else the refusal, as a conflict that has no older base.
 */
export async function screenPatches(
  repository: Repository,
  base: Sha,
  patches: readonly MailPatch[],
  signal: AbortSignal | undefined,
): Promise<Application | null> {
  for (const [index, { mail, patch }] of patches.entries()) {
    const { parts } = scanDiff(patch)
    const before = patches.slice(0, index + 1)
    const finding =
      findTrick(patch, parts) ?? (await findFlood(repository, base, parts, before, signal))
    if (finding !== null) {
      const { kind, path, detail } = finding
      const output = refusalText(kind, path, detail)
      const { number, messageId } = mail
      const paths = [path.slice(0, maxNameBytes)]
      const conflict: Conflict = { number, messageId, paths, output, hunks: [], olderBase: null }
      return { outcome: 'conflict', commits: [], conflict }
    }
  }
  return null
}

/** The mode of a folder in the header of a file: git makes a tree of it that names no tree, and nobody can read. */
function makesFolder(part: string): boolean {
  const header = part.slice(0, Math.max(0, part.search(/^(?:@@ |GIT binary)/m)) || undefined)
  const modes = header.matchAll(/^(?:new file|new|old|deleted file) mode +(?<mode>[0-7]+)/gm)
  return [...modes].some(
    // Below the four bits of the type are permissions, and what stands above is cut off.
    (found) => Math.floor(Number.parseInt(found.groups?.['mode'] ?? '0', 8) / 0o10000) % 16 === 4,
  )
}

function findTrick(patch: string, parts: readonly DiffPart[]): Finding | null {
  let unpacked = 0
  for (const part of parts) {
    const { oldPath, newPath, newMode, isBinary } = part.file
    const found = findInPath(oldPath, oldPath) ?? findInPath(newPath, oldPath)
    if (found !== null) {
      return found
    }
    if (makesFolder(patch.slice(part.start, part.end))) {
      const detail = 'a patch has no folders'
      return { kind: 'folder-mode', path: newPath ?? oldPath ?? '', detail }
    }
    const trick =
      newPath === null ? null : submodulesIn(newPath, newMode, patch.slice(part.start, part.end))
    if (newPath !== null && trick !== null) {
      return { kind: 'submodule', path: newPath, detail: trick }
    }
    const unusable = attributesIn(part.file, patch.slice(part.start, part.end))
    if (newPath !== null && unusable !== null) {
      return { kind: 'attributes', path: newPath, detail: unusable }
    }
    unpacked += isBinary ? claimedBytes(patch.slice(part.start, part.end)) : 0
    if (unpacked > maxBinaryBytes) {
      const detail = `binary files unpack to more than ${maxBinaryBytes / 1024 ** 2} MiB`
      return { kind: 'too-large', path: newPath ?? oldPath ?? '', detail }
    }
  }
  return null
}

/** What is wrong with `.gitmodules`, where the path has it; null where nothing is. */
function submodulesIn(path: string, mode: string | null, part: string): string | null {
  const names = path.split('/')
  const at = names.findIndex(isGitmodules)
  if (at === -1) {
    return null
  }
  const isFile = at === names.length - 1 && (mode ?? '100').startsWith('100')
  return isFile ? submoduleTrick(part) : 'it must be a file: git reads it'
}

/**
 * What is wrong with `.gitattributes`, where the path has it: the rules of git-fsck(1), gitattributesBlob and
 * -LineLength. Null where nothing is.
 */
function attributesIn({ oldPath, newPath, newMode }: PatchFile, part: string): string | null {
  const names = newPath?.split('/') ?? []
  const at = names.findIndex(isGitattributes)
  if (at === -1) {
    return null
  }
  const isFile = at === names.length - 1 && !/^(?:04|16)/.test(newMode ?? '')
  if (newPath !== oldPath && !isFile) {
    return 'it must be a file: git reads it'
  }
  const isLong = [...part.matchAll(/^\+(?<line>.*)$/gm)].some(
    (found) => (found.groups?.['line']?.length ?? 0) > maxAttributesLine,
  )
  return isLong ? 'git reads no line of it that is so long' : null
}

/** A file that is there already may be called what it is. */
function findInPath(path: string | null, oldPath: string | null): Finding | null {
  if (path === null) {
    return null
  }
  const names = path.split('/')
  if (
    Buffer.byteLength(path) > maxPathBytes ||
    names.some((name) => Buffer.byteLength(name) > maxNameBytes)
  ) {
    return { kind: 'path-long', path, detail: 'no file system takes it' }
  }
  // Forges refuse such a tree, where the backslash separates names, too (git-fsck(1), hasDotgit).
  if (path !== oldPath && path.split(/[\\/]/).some(isDotGit)) {
    return { kind: 'path-git', path, detail: 'some systems take it for .git' }
  }
  if (/^(?:[A-Za-z]:[\\/]|\\\\)/.test(path)) {
    return { kind: 'path-absolute', path, detail: 'Windows takes it for an absolute path' }
  }
  return path === oldPath ? null : findInNewPath(path)
}

function findInNewPath(path: string): Finding | null {
  if (/^(?:[A-Za-z]:|\\)/.test(path)) {
    return { kind: 'path-absolute', path, detail: 'Windows takes it for a path from a drive' }
  }
  if (path.includes('\\') && path.split(/[\\/]/).includes('..')) {
    return { kind: 'path-outside', path, detail: 'Windows takes a backslash for a slash' }
  }
  if (path.split('').some(isControl)) {
    return { kind: 'path-control', path, detail: 'a terminal would obey it' }
  }
  return turnsText.test(path)
    ? { kind: 'path-control', path, detail: 'it is shown in another order than it has' }
    : null
}

/** Marks that turn the direction of the text around them (Unicode TR 36, section 2.9). */
const turnsText = /[\u202a-\u202e\u2066-\u2069]/

/** Of ASCII: others may be letters of an old encoding. */
function isControl(character: string): boolean {
  return character < ' ' || character === '\x7f'
}

/** Small patches can copy, or edit again and again, what is large. */
async function findFlood(
  repository: Repository,
  base: Sha,
  parts: readonly DiffPart[],
  patches: readonly MailPatch[],
  signal: AbortSignal | undefined,
): Promise<Finding | null> {
  const edited = parts.flatMap(({ file, hunks }) =>
    file.oldPath !== null && hunks > 0 ? [file.oldPath] : [],
  )
  if (edited.length <= uncounted) {
    return null
  }
  const made = sizesMade(patches)
  const sizes = await sizesAt(repository, base, [...new Set(edited)], signal)
  const sum = edited.reduce((bytes, path) => bytes + (made.get(path) ?? sizes.get(path) ?? 0), 0)
  return sum > maxEditedBytes
    ? {
        kind: 'too-large',
        path: edited[0] ?? '',
        detail: `the files that it edits or copies hold more than ${maxEditedBytes / 1024 ** 3} GiB`,
      }
    : null
}

/** Bytes of the files that the patches make. */
function sizesMade(patches: readonly MailPatch[]): ReadonlyMap<string, number> {
  const parts = patches.flatMap(({ patch }) => scanDiff(patch).parts)
  return new Map(
    parts.flatMap(({ file, start, end }) =>
      file.newPath !== null && file.oldPath === null ? [[file.newPath, end - start]] : [],
    ),
  )
}

async function sizesAt(
  repository: Repository,
  base: Sha,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, number>> {
  const asked = paths.filter((path) => !path.includes('\n'))
  const input = asked.map((path) => `${base}:${path}\n`).join('')
  const args = ['cat-file', '--batch-check=%(objectsize)']
  const answer = await gitBytes(args, { ...repository.view, input }, signal)
  const lines = Buffer.from(answer).toString('latin1').split('\n')
  return new Map(asked.map((path, index) => [path, Number(lines[index]) || 0]))
}
