import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ConflictHunk } from '../../../core/apply/application.ts'
import { gitText, runGit } from '../../cli/run-git.ts'
import { isPlainPath, touchedPaths } from '../diff-files.ts'
import { type ApplyArea, headOf } from './apply-area.ts'
import type { MailPatch } from './mail-patch.ts'

/** Nobody reads more, and a mail may name any number of files. */
const maxFiles = 200
const maxHunks = 100
export const maxHeaderLength = 200

/**
 * The hunks of a refused patch that do not fit the area's head, in the order of its files: what `git apply --reject` leaves
 * over. Of the files in `paths` only, where any of those has some: the others were merged.
 */
export async function rejectedHunks(
  area: ApplyArea,
  patch: MailPatch,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ConflictHunk[]> {
  const names = [...(touchedPaths(patch.patch) ?? [])]
    .filter((name) => isPlainPath(name) && !name.includes('\0'))
    .slice(0, maxFiles)
  // An index and a work tree of its own: the work tree has nothing but folders, so that no link leads out of it.
  const treeDir = path.join(area.directory, 'rejects')
  await mkdir(treeDir)
  for (const name of names) {
    const folder = path.dirname(fileIn(treeDir, name))
    await mkdir(Buffer.from(folder, 'latin1'), { recursive: true }).catch(skipUnfit)
  }
  const env = {
    ...area.location.env,
    GIT_WORK_TREE: treeDir,
    GIT_INDEX_FILE: path.join(area.directory, 'rejects-index'),
  }
  const location = { ...area.location, cwd: treeDir, env }
  await gitText(['read-tree', `${await headOf(area)}^{tree}`], location, signal)
  const input = Buffer.from(patch.patch, 'latin1')
  await runGit(['apply', '--cached', '--reject', '-'], { ...location, input }, signal)
  const hunks: ConflictHunk[] = []
  for (const name of names) {
    const file = Buffer.from(`${fileIn(treeDir, name)}.rej`, 'latin1')
    const rejects = (await readFile(file, 'utf8').catch(skipUnfit)) ?? ''
    hunks.push(...hunksIn(rejects, Buffer.from(name, 'latin1').toString('utf8')))
  }
  return chosenHunks(hunks, paths)
}

/** Those of the files in `paths`, where any of those has some. */
export function chosenHunks(
  hunks: readonly ConflictHunk[],
  paths: readonly string[],
): readonly ConflictHunk[] {
  const named = hunks.filter((hunk) => paths.includes(hunk.path))
  return (named.length > 0 ? named : hunks).slice(0, maxHunks)
}

/** As byte strings, as git's paths have no encoding. */
function fileIn(directory: string, name: string): string {
  return `${Buffer.from(directory).toString('latin1')}/${name}`
}

function hunksIn(rejects: string, name: string): readonly ConflictHunk[] {
  return [...rejects.matchAll(/^@@ -(?<line>\d+)[^\n]*/gm)].map(([header, line]) => ({
    path: name,
    line: Number(line),
    header: header.slice(0, maxHeaderLength).trimEnd(),
  }))
}

const unfit = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENAMETOOLONG', 'EILSEQ'])

/** A file without rejects, or with a name that this file system cannot have, is left out. */
function skipUnfit(error: NodeJS.ErrnoException): undefined {
  if (!unfit.has(error.code ?? '')) {
    throw error
  }
}
