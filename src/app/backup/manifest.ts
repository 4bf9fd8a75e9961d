import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { BotError } from '../../core/bot-error.ts'
import { type Sha, toSha } from '../../core/ids.ts'
import { namesIn } from '../../util/names-in.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'

const commit = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .transform((text): Sha => toSha(text))
  .nullable()

/** Of the manifest. */
const format = 1

const manifestSchema = z.object({
  format: z.literal(format),
  madeAt: z.iso.datetime().transform((text) => new Date(text)),
  patchferry: z.string(),
  store: z.object({
    file: z.string().regex(/^store-[0-9A-Za-z-]+\.sqlite$/),
    bytes: z.number(),
    sha256: z.string(),
  }),
  /** The name of a commit is a checksum of all that went before it. */
  archive: z.array(z.object({ epoch: z.number(), commit })),
  journal: z.object({ sent: commit, decisions: commit }),
})

/** What a whole backup holds. It is written last: what it names was durable before. */
export type BackupManifest = Readonly<z.infer<typeof manifestSchema>>

export const manifestFile = 'manifest.json'
/** There while a backup is written, and left behind by one that did not come to its end. */
const unfinishedFile = 'unfinished'
const lockFile = 'backup.lock'

/** What lies where in the folder of a backup. */
export function backupLayout(directory: string): {
  readonly archive: string
  readonly journal: string
  readonly lock: string
  readonly unfinished: string
  store(file: string): string
} {
  return {
    archive: path.join(directory, 'archive'),
    journal: path.join(directory, 'journal.git'),
    lock: path.join(directory, lockFile),
    unfinished: path.join(directory, unfinishedFile),
    store: (file) => path.join(directory, file),
  }
}

/** Whether a backup was ever begun here, whole or not; on a full disk nothing but its lock may have come of it. */
export function isBackupFolder(names: readonly string[]): boolean {
  return (
    names.includes(manifestFile) ||
    names.includes(unfinishedFile) ||
    names.every((name) => name.startsWith(lockFile))
  )
}

/** What any version writes. */
const anyManifest = z.looseObject({ format: z.number(), patchferry: z.string() })

/** Throws CLI_BACKUP_MISSING, CLI_BACKUP_UNFINISHED, CLI_BACKUP_DAMAGED, CLI_BACKUP_NEWER. */
export async function readManifest(directory: string): Promise<BackupManifest> {
  const names = await namesIn(directory)
  if (!names.includes(manifestFile)) {
    throw names.includes(unfinishedFile)
      ? refusal('CLI_BACKUP_UNFINISHED', `${directory}: no backup was ever finished here`)
      : refusal('CLI_BACKUP_MISSING', `${directory}: there is no backup here`)
  }
  const text = await readFile(path.join(directory, manifestFile), 'utf8')
  try {
    const found: unknown = JSON.parse(text)
    const any = anyManifest.safeParse(found)
    if (any.success && any.data.format > format) {
      const what = `it is of format ${any.data.format}, made by Patchferry ${any.data.patchferry}`
      throw refusal('CLI_BACKUP_NEWER', `${directory}: ${what}`)
    }
    return manifestSchema.parse(found)
  } catch (error) {
    if (error instanceof BotError) {
      throw error
    }
    throw damaged(directory, `${manifestFile} cannot be read`, error)
  }
}

/** Puts it in the place of the one before, whole or not at all; then the store that nobody names any more goes. */
export async function writeManifest(directory: string, manifest: BackupManifest): Promise<void> {
  const draft = path.join(directory, `${manifestFile}.new`)
  await writeDurably(draft, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(draft, path.join(directory, manifestFile))
  await rm(path.join(directory, unfinishedFile), { force: true })
  await syncToDisk(directory)
  await removeStores(directory, manifest.store.file)
}

/** Copies of the store that no manifest names. */
export async function removeStores(directory: string, kept: string | null): Promise<void> {
  for (const name of await namesIn(directory)) {
    if (/^store-.*\.sqlite(?:-\w+)?$/.test(name) && name !== kept) {
      await rm(path.join(directory, name), { force: true })
    }
  }
}

export async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function fingerprint(
  file: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Uint8Array)
  }
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') }
}

export function refusal(code: string, message: string): BotError {
  return new BotError(code, message, { retry: 'after-human' })
}

export function damaged(directory: string, what: string, cause?: unknown): BotError {
  return new BotError('CLI_BACKUP_DAMAGED', `${directory}: ${what}`, {
    retry: 'after-human',
    details: { directory },
    cause,
  })
}
