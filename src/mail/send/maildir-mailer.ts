import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { MessageId } from '../../core/ids.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import type { Mailer, SendResult } from '../mailer.ts'
import { composeMail } from './compose-mail.ts'

/** After this long nobody is writing a file in `tmp` any more (maildir(5)). */
const leftoverAgeMs = 36 * 60 * 60 * 1000

const faults: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ENOENT: ['MAIL_MAILDIR_MISSING', 'its folder does not exist'],
  ENOTDIR: ['MAIL_MAILDIR_MISSING', 'its folder is a file'],
  EACCES: ['MAIL_MAILDIR_READ_ONLY', 'it may not be written'],
  EPERM: ['MAIL_MAILDIR_READ_ONLY', 'it may not be written'],
  EROFS: ['MAIL_MAILDIR_READ_ONLY', 'its disk is read-only'],
  ENOSPC: ['MAIL_MAILDIR_FULL', 'its disk is full'],
  EDQUOT: ['MAIL_MAILDIR_FULL', 'the quota is used up'],
}

function toFault(cause: unknown, directory: string): unknown {
  if (cause instanceof BotError || !(cause instanceof Error) || !('code' in cause)) {
    return cause
  }
  const [code, what] = faults[String(cause.code)] ?? ['MAIL_MAILDIR_FAILED', cause.message]
  return new BotError(code, `the outgoing Maildir ${directory} cannot be used: ${what}`, {
    retry: 'later',
    details: { directory },
    cause,
  })
}

function fileName(messageId: MessageId): string {
  return `patchferry-${createHash('sha256').update(messageId).digest('hex').slice(0, 40)}`
}

/** True when the folder was not there. Its parent has to be. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false
    }
    throw error
  }
}

async function ensureMaildir(directory: string): Promise<void> {
  const made = [await makeFolder(directory)]
  for (const folder of ['tmp', 'new', 'cur']) {
    made.push(await makeFolder(path.join(directory, folder)))
  }
  if (made.includes(true)) {
    await syncToDisk(directory)
    await syncToDisk(path.dirname(path.resolve(directory)))
  }
}

/** Whether a reader's name for the file is `name`, with whatever was added: `:2,S`, `,S=1234:2,`, `;2,F`. */
function isNamed(entry: string, name: string): boolean {
  return entry.startsWith(name) && !/^[0-9a-f]/.test(entry.slice(name.length))
}

async function isDelivered(directory: string, name: string): Promise<boolean> {
  // In this order: a reader moves from new to cur, so that what leaves the one too early is met in the other.
  for (const folder of ['new', 'cur']) {
    const entries = await readdir(path.join(directory, folder))
    if (entries.some((entry) => isNamed(entry, name))) {
      return true
    }
  }
  return false
}

/** Removes what a killed process left: its try of this very mail, and any try of ours that is long over. */
async function removeLeftovers(tmp: string, name: string): Promise<void> {
  for (const entry of await readdir(tmp)) {
    const file = path.join(tmp, entry)
    const isOld =
      entry.startsWith('patchferry-') && Date.now() - (await stat(file)).mtimeMs > leftoverAgeMs
    if (isOld || entry.startsWith(`${name}.`)) {
      await rm(file, { force: true })
    }
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

function toLf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}

async function deliver(mail: OutgoingMail, directory: string): Promise<SendResult> {
  const name = fileName(mail.messageId)
  const bytes = toLf(composeMail(mail))
  const delivered = path.join(directory, 'new', name)
  await ensureMaildir(directory)
  if (!(await isDelivered(directory, name))) {
    const tmp = path.join(directory, 'tmp')
    await removeLeftovers(tmp, name)
    const written = path.join(tmp, `${name}.${randomBytes(6).toString('hex')}`)
    await writeDurably(written, bytes)
    await rename(written, delivered)
  }
  try {
    await syncToDisk(path.dirname(delivered))
  } catch (error) {
    return { outcome: 'unknown', reply: `delivered, but perhaps not to the disk: ${String(error)}` }
  }
  return { outcome: 'accepted', reply: delivered }
}

/**
 * Delivers into a Maildir, which is made where only its parent exists. The file name follows from the Message-ID, so
 * that a mail sent again is no second mail, not even after a reader moved it to cur, nor after a SIGKILL at any
 * instant. Throws MAIL_MAILDIR_MISSING, _READ_ONLY, _FULL and _FAILED, all of them with nothing delivered, and what
 * `composeMail` throws.
 */
export function maildirMailer(directory: string): Mailer {
  // One at a time: of two tries of one mail the second would take the first one's file for a leftover.
  let last: Promise<unknown> = Promise.resolve()

  return {
    send(mail, signal) {
      const sent = last.then(async () => {
        signal.throwIfAborted()
        try {
          return await deliver(mail, directory)
        } catch (error) {
          throw toFault(error, directory)
        }
      })
      last = sent.catch(() => undefined)
      return sent
    },

    async wasAccepted(messageId, signal) {
      signal.throwIfAborted()
      try {
        return await isDelivered(directory, fileName(messageId))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
          return false
        }
        throw toFault(error, directory)
      }
    },

    async close() {
      await last
    },
  }
}
