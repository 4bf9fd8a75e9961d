import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Sha, toSha } from '../../../core/ids.ts'
import { gitBytes, gitText } from '../../cli/run-git.ts'
import type { GitLocation } from '../../cli/spawn-git.ts'
import { isPlainPath } from '../diff-files.ts'
import { makePrivateGitDir } from '../private-git-dir.ts'
import type { Repository } from '../repository.ts'
import { inTempFolder } from '../temp-folder.ts'

/** Temporary folders of one application: a private repository, a work tree, the mails. */
export interface ApplyArea {
  readonly directory: string
  readonly gitDir: string
  readonly treeDir: string
  readonly mailDir: string
  /** Calls git in the work tree. */
  readonly location: GitLocation
}

/** Runs `use` in an area of its own, of which nothing is left. Throws GIT_DISK_FULL and GIT_NOT_WRITABLE. */
export async function inApplyArea<T>(
  repository: Repository,
  use: (area: ApplyArea) => Promise<T>,
): Promise<T> {
  return inTempFolder(repository.tempDirectory, 'apply', async (directory) => {
    const gitDir = path.join(directory, 'git')
    const treeDir = path.join(directory, 'tree')
    const mailDir = path.join(directory, 'mail')
    await mkdir(treeDir)
    await mkdir(mailDir)
    await makePrivateGitDir(gitDir, repository)
    const env = { ...repository.view.env, GIT_WORK_TREE: treeDir }
    return use({ directory, gitDir, treeDir, mailDir, location: { gitDir, cwd: treeDir, env } })
  })
}

/**
 * Puts the area on `base`. The index holds all of its tree, the work tree only what `paths` (byte strings) name and what
 * could be in their way: git takes an absent file for an unchanged one. All files where `paths` is null. Throws
 * GIT_OBJECT_MISSING when there is no such commit.
 */
export async function populate(
  area: ApplyArea,
  base: Sha,
  paths: ReadonlySet<string> | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  await writeFile(path.join(area.gitDir, 'HEAD'), `${base}\n`)
  await gitText(['read-tree', `${base}^{tree}`], area.location, signal)
  const files = paths === null ? null : await filesAt(area, base, paths, signal)
  if (files === null) {
    await gitText(['checkout-index', '-q', '-u', '-a'], area.location, signal)
  } else if (files.length > 0) {
    const input = Buffer.from(files.map((file) => `${file}\0`).join(''), 'latin1')
    const args = ['checkout-index', '-q', '-u', '-z', '--stdin']
    await gitText(args, { ...area.location, input }, signal)
  }
}

/** Takes the area back to a state that `populate` can start from, whatever stopped in it. */
export async function emptyTree(area: ApplyArea): Promise<void> {
  await rm(path.join(area.gitDir, 'rebase-apply'), { recursive: true, force: true })
  // A git that broke down leaves its lock, and nobody else works in this area.
  await rm(path.join(area.gitDir, 'index.lock'), { force: true })
  await rm(area.treeDir, { recursive: true, force: true })
  await mkdir(area.treeDir)
}

/** The commit the area is on. */
export async function headOf(area: ApplyArea): Promise<Sha> {
  return toSha((await readFile(path.join(area.gitDir, 'HEAD'), 'latin1')).trim())
}

/**
 * The files of `base` that `paths` name or run through. Null when a path is a folder there: a patch that makes a
 * file of a folder meets everything in it.
 */
async function filesAt(
  area: ApplyArea,
  base: Sha,
  paths: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | null> {
  const named = [...withFolders(paths)].filter(isPlainPath)
  const input = Buffer.from(named.map((name) => `${base}:${name}\n`).join(''), 'latin1')
  const args = ['cat-file', '--batch-check=%(objecttype)']
  const answer = await gitBytes(args, { ...area.location, input }, signal)
  const types = Buffer.from(answer).toString('latin1').split('\n')
  if (named.some((name, index) => types[index] === 'tree' && paths.has(name))) {
    return null
  }
  return named.filter((_, index) => types[index] === 'blob')
}

function withFolders(paths: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(paths)
  for (const name of paths) {
    for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
      all.add(name.slice(0, at))
    }
  }
  return all
}
