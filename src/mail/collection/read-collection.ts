import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { CollectedMail } from './collected-mail.ts'
import { isFolder, isGitDirectory, isRegularFile, listFolder } from './folder-entries.ts'
import { readMailFile, readMailStream } from './mail-file.ts'
import { findInbox, readInbox } from './public-inbox.ts'

/**
 * The mails of several paths, read as one collection: mbox (split as `git mailsplit` does), mboxrd, Maildir (new and
 * cur), single mails, folders of all these, gzip files of them, public-inbox repositories (v1, v2, one epoch of v2),
 * and `-` for `stdin`. In folders, what does not look like mail is passed over, and what cannot be read is given as
 * unreadable. Throws MAIL_PATH_MISSING, MAIL_PATH_UNREADABLE, MAIL_PATH_GZIP or MAIL_GIT_FAILED for a path that was
 * named: missing ones before anything is read.
 */
export async function* readMailCollection(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<CollectedMail> {
  const folders = await Promise.all(
    paths.map(async (name) => name !== '-' && (await isFolder(name, signal))),
  )
  for (const [index, name] of paths.entries()) {
    signal.throwIfAborted()
    if (name === '-') {
      yield* readMailStream(stdin, '-', { onlyMail: false })
    } else if (folders[index] === true) {
      yield* readFolder(name, true, signal)
    } else {
      yield* readMailFile(name, { onlyMail: false }, signal)
    }
  }
}

async function* readFolder(
  folder: string,
  isNamed: boolean,
  signal: AbortSignal,
): AsyncGenerator<CollectedMail> {
  signal.throwIfAborted()
  const entries = await listFolder(folder, signal)
  const inbox = await findInbox(folder, entries, signal)
  if (inbox !== null) {
    yield* readInbox(inbox, signal)
    return
  }
  if (isNamed && isGitDirectory(entries)) {
    throw new BotError('MAIL_PATH_NO_MAIL', `${folder} is a git repository, but no public-inbox.`, {
      retry: 'after-human',
      details: { path: folder },
    })
  }
  if (isGitDirectory(entries)) {
    return
  }
  const isMaildir = entries.some((entry) => entry.isDirectory() && isMaildirPart(entry.name))
  for (const entry of entries) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      const isSkipped = entry.name === '.git' || (isMaildir && entry.name === 'tmp')
      yield* isSkipped ? [] : readFolder(file, false, signal)
    } else if (await isRegularFile(folder, entry)) {
      const isMail = isMaildirPart(path.basename(folder))
      yield* readUnnamed(file, isMail && !entry.name.startsWith('.'), signal)
    }
  }
}

/** A file that nobody named: its faults are told like a mail that cannot be read. */
async function* readUnnamed(
  file: string,
  isMail: boolean,
  signal: AbortSignal,
): AsyncGenerator<CollectedMail> {
  try {
    yield* readMailFile(file, { onlyMail: !isMail }, signal)
  } catch (error) {
    if (!(error instanceof BotError)) {
      throw error
    }
    const reason = { code: error.code, message: error.message }
    yield { outcome: 'unreadable', reason, location: file }
  }
}

function isMaildirPart(name: string): boolean {
  return name === 'cur' || name === 'new'
}
