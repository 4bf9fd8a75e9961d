import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'

const named = /^patchferry-(?:apply|checkout|mails|merge|overlay|view)-(?<pid>\d+)-/
const oldMs = 24 * 60 * 60 * 1000

type Purpose = 'apply' | 'checkout' | 'mails' | 'merge' | 'overlay' | 'view'

/** A new folder for us alone; its name tells which process has to remove it. */
export async function makeTempFolder(parent: string, purpose: Purpose): Promise<string> {
  await mkdir(parent, { recursive: true })
  return mkdtemp(path.join(parent, `patchferry-${purpose}-${process.pid}-`))
}

export async function removeTempFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Runs `use` with a new folder that is gone afterwards. Throws GIT_DISK_FULL and GIT_NOT_WRITABLE. */
export async function inTempFolder<T>(
  parent: string,
  purpose: Purpose,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  try {
    const folder = await makeTempFolder(parent, purpose)
    try {
      return await use(folder)
    } finally {
      await removeTempFolder(folder)
    }
  } catch (error) {
    throw asFault(error, parent)
  }
}

const faultCodes: Readonly<Record<string, string>> = {
  ENOSPC: 'GIT_DISK_FULL',
  EDQUOT: 'GIT_DISK_FULL',
  EROFS: 'GIT_NOT_WRITABLE',
  EACCES: 'GIT_NOT_WRITABLE',
  EPERM: 'GIT_NOT_WRITABLE',
}

function asFault(error: unknown, parent: string): unknown {
  const code = faultCodes[(error as NodeJS.ErrnoException).code ?? '']
  if (code === undefined || !(error instanceof Error)) {
    return error
  }
  return new BotError(code, `the temporary folder in ${parent} cannot be used: ${error.message}`, {
    retry: code === 'GIT_DISK_FULL' ? 'later' : 'after-human',
    details: { parent },
    cause: error,
  })
}

/** Removes what processes left behind that were killed: folders a day old whose process is gone. */
export async function sweepTempFolders(parent: string, now: Date): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(named.exec(name)?.groups?.['pid'] ?? Number.NaN)
    const folder = path.join(parent, name)
    // In a container each life has the same number, and what is older than this life is of another one.
    const ownMs = pid === process.pid ? process.uptime() * 1000 : 0
    const isLeft = ownMs > 0 || (pid > 0 && !isRunning(pid))
    if (isLeft && (await ageMs(folder, now)) > Math.max(oldMs, ownMs)) {
      // Another process may sweep, too; and what belongs to another user stays.
      await removeTempFolder(folder).catch(() => {})
    }
  }
}

async function ageMs(folder: string, now: Date): Promise<number> {
  try {
    return now.getTime() - (await stat(folder)).mtimeMs
  } catch {
    return 0
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
