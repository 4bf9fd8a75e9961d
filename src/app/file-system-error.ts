import { BotError, type Retry } from '../core/bot-error.ts'

interface Translation {
  readonly code: string
  readonly retry: Retry
  readonly sentence: string
}

const full: Translation = { code: 'CLI_DISK_FULL', retry: 'later', sentence: 'the disk is full' }
const denied: Translation = {
  code: 'CLI_PATH_NOT_WRITABLE',
  retry: 'after-human',
  sentence: 'it cannot be written',
}
const readOnly: Translation = { ...denied, sentence: 'its disk can only be read' }
const unusable: Translation = {
  code: 'CLI_PATH_UNUSABLE',
  retry: 'after-human',
  sentence: 'it cannot be there',
}

const translations: Readonly<Record<string, Translation>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: readOnly,
  ENOENT: unusable,
  ENOTDIR: unusable,
  EEXIST: unusable,
}

/** Runs `work`, which writes to `path`: what the operating system refuses of an open file names no path of itself. */
export async function onPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toFileSystemError(error instanceof Error ? Object.assign(error, { path }) : error)
  }
}

/** What the operating system refuses of a path, as an error of ours; anything else stays what it is. */
export function toFileSystemError(error: unknown): unknown {
  const { code, path } = Object(error) as NodeJS.ErrnoException
  const found = translations[code ?? '']
  if (error instanceof BotError || path === undefined || found === undefined) {
    return error
  }
  return new BotError(found.code, `${path}: ${found.sentence} (${code})`, {
    retry: found.retry,
    details: { path },
    cause: error,
  })
}
