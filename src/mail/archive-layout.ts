import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../core/bot-error.ts'
import type { ArchivePosition } from '../core/delivery.ts'
import { type Sha, toSha } from '../core/ids.ts'
import type { OpenObjectStore } from '../git/object-store.ts'

/** Where in the archive a commit lies. */
export interface Place {
  readonly epoch: number
  readonly commit: Sha
}

/** The one file of each commit of the archive: a mail. */
export const mailFile = 'm'

export function positionOf({ epoch, commit }: Place): ArchivePosition {
  return `${epoch}:${commit}`
}

/** Throws TypeError for what `positionOf` did not make. */
export function placeOf(position: ArchivePosition): Place {
  const [epoch, commit] = position.split(':')
  return { epoch: Number(epoch), commit: toSha(commit ?? '') }
}

export function epochDirectory(directory: string, epoch: number): string {
  return path.join(directory, 'git', `${epoch}.git`)
}

/** Where git finds the bytes of a mail: `git --git-dir=GITDIR show OBJECT` prints them. */
export interface MailObject {
  readonly gitDir: string
  readonly object: string
}

/** Of the mail at `position` in the archive at `directory`. Throws TypeError as `placeOf` does. */
export function mailObject(directory: string, position: ArchivePosition): MailObject {
  const { epoch, commit } = placeOf(position)
  return { gitDir: epochDirectory(directory, epoch), object: `${commit}:${mailFile}` }
}

/** Numbers of the epochs that are there, oldest first. */
export async function epochsOf(directory: string): Promise<readonly number[]> {
  const names = await readdir(path.join(directory, 'git'))
  return names
    .filter((name) => /^\d+\.git$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b)
}

/** Makes the folders around the epochs. Throws MAIL_ARCHIVE_NOT_WRITABLE. */
export async function createLayout(directory: string): Promise<void> {
  await guarded(directory, () => mkdir(path.join(directory, 'git'), { recursive: true }))
}

/**
 * Makes `all.git`, through which public-inbox reads the blobs of all epochs (git's alternates), name every epoch.
 * One that public-inbox made itself is completed; its other lines stay. Throws MAIL_ARCHIVE_NOT_WRITABLE.
 */
export async function linkEpochs(
  directory: string,
  epochs: readonly number[],
  openStore: OpenObjectStore,
): Promise<void> {
  const all = path.join(directory, 'all.git')
  const file = path.join(all, 'objects', 'info', 'alternates')
  const known = linesOf(await readFile(file, 'utf8').catch(() => ''))
  const missing = epochs
    .map((epoch) => `../../git/${epoch}.git/objects`)
    .filter((line) => !known.includes(line))
  if (missing.length === 0) {
    return
  }
  if ((await stat(all).catch(() => null)) === null) {
    await (await openStore(all)).close()
  }
  // Newest first, because that is where most of what is asked for lies.
  const lines = [...missing.toReversed(), ...known]
  await guarded(directory, () => replaceFile(file, lines.map((line) => `${line}\n`).join('')))
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(draft, 'wx')
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

async function guarded(directory: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? error.code : null
    throw new BotError(
      'MAIL_ARCHIVE_NOT_WRITABLE',
      `cannot write into ${directory}: ${String(errno)}`,
      {
        retry: errno === 'ENOSPC' ? 'later' : 'after-human',
        details: { directory, errno },
        cause: error,
      },
    )
  }
}
