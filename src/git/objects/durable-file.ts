import { randomBytes } from 'node:crypto'
import { closeSync, openSync, write, writeSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { BotError } from '../../core/bot-error.ts'
import { fsyncAside } from '../../util/sync-to-disk.ts'

/** Folder inside a repository of ours for files that are not whole yet; git does not look there. */
export const incomingFolder = 'incoming'

/** Writes `pieces` to a new file in `folder`, fsyncs it, and gives its path. git takes its name for an unfinished pack. */
export async function writeIncoming(
  folder: string,
  pieces: readonly Uint8Array[],
): Promise<string> {
  const file = path.join(folder, `tmp_pack_${randomBytes(12).toString('hex')}`)
  try {
    await inFolder(folder, async () => writeSynced(file, pieces))
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  return file
}

/** Runs `act`, and once more after making the folder where that was not there. */
export async function inFolder(folder: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw error
    }
    await mkdir(folder, { recursive: true })
    await act()
  }
}

/** Writing so much takes less time than handing it to another thread, and going to one and back, does. */
const smallBytes = 1024 * 1024

const writeAside = promisify(write)

/** Writes a file and fsyncs it. Its name is durable only after `syncToDisk` of its folder. */
export async function writeSynced(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  const size = pieces.reduce((sum, { length }) => sum + length, 0)
  const opened = openSync(file, 'wx', 0o644)
  try {
    for (const chunk of chunked(pieces)) {
      for (let at = 0; at < chunk.length; ) {
        const rest = chunk.subarray(at)
        at +=
          size <= smallBytes
            ? writeSync(opened, rest)
            : (await writeAside(opened, rest)).bytesWritten
      }
    }
    await fsyncAside(opened)
  } finally {
    closeSync(opened)
  }
}

/** Few large writes instead of many small ones, without a copy of everything. */
function* chunked(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) {
    yield only
    return
  }
  const chunkBytes = 1024 * 1024
  let pending: Uint8Array[] = []
  let size = 0
  for (const piece of pieces) {
    pending.push(piece)
    size += piece.length
    if (size >= chunkBytes) {
      yield Buffer.concat(pending)
      pending = []
      size = 0
    }
  }
  yield Buffer.concat(pending)
}

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const notWritable = new Set(['EROFS', 'EACCES', 'EPERM'])

/** The BotError for a failed write into `repository`; what is no error of the file system comes back as it is. */
export function writeFault(repository: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof BotError || !/^E[A-Z0-9]+$/.test(code)) {
    return error
  }
  const details = { repository, errno: code }
  if (fullDisk.has(code)) {
    return new BotError('GIT_DISK_FULL', `no space left to write into ${repository}`, {
      retry: 'later',
      details,
      cause: error,
    })
  }
  if (notWritable.has(code)) {
    return new BotError('GIT_NOT_WRITABLE', `${repository} cannot be written: ${code}`, {
      retry: 'after-human',
      details,
      cause: error,
    })
  }
  return new BotError('GIT_WRITE_FAILED', `writing into ${repository} failed: ${code}`, {
    retry: 'later',
    details,
    cause: error,
  })
}
