import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { CollectedMail } from './collected-mail.ts'
import { isFolder, isGitDirectory, isRegularFile, listFolder } from './folder-entries.ts'
import { readMailFile, readMailStream } from './mail-file.ts'
import { inboxMailBytes } from './measure-collection.ts'
import { pathError } from './path-error.ts'
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
  for (const { mails } of await findPlaces(paths, stdin, signal, nobody)) {
    signal.throwIfAborted()
    yield* mails
  }
}

/**
 * The same, for whole archives: of a named path that turns out to be damaged its mails before the damage are given,
 * then the path as unreadable, then the next one is read. `onRead` is told how much of what `measureCollection` counts was
 * read. Throws for paths that are not there, as above.
 */
export async function* readDespiteDamage(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onRead: (bytes: number) => void = nobody,
): AsyncGenerator<CollectedMail> {
  for (const { name, mails } of await findPlaces(paths, stdin, signal, onRead)) {
    signal.throwIfAborted()
    yield* tellingFaults(mails, name)
  }
}

function nobody(): void {}

interface Place {
  readonly name: string
  readonly mails: AsyncGenerator<CollectedMail>
}

async function findPlaces(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): Promise<readonly Place[]> {
  return Promise.all(
    paths.map(async (name) => {
      if (name === '-') {
        return { name, mails: readStandardInput(stdin, signal) }
      }
      const mails = (await isFolder(name, signal))
        ? readFolder(name, true, signal, onRead)
        : readMailFile(name, { onlyMail: false, onRead }, signal)
      return { name, mails }
    }),
  )
}

async function* readStandardInput(
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<CollectedMail> {
  try {
    yield* readMailStream(stdin, '-', { onlyMail: false })
  } catch (error) {
    throw pathError('-', error, signal)
  }
}

async function* readFolder(
  folder: string,
  isNamed: boolean,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): AsyncGenerator<CollectedMail> {
  signal.throwIfAborted()
  const entries = await listFolder(folder, signal)
  const inbox = await findInbox(folder, entries, signal)
  if (inbox !== null) {
    for await (const mail of readInbox(inbox, signal)) {
      onRead(inboxMailBytes)
      yield mail
    }
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
      yield* isSkipped ? [] : tellingFaults(readFolder(file, false, signal, onRead), file)
    } else if (await isRegularFile(folder, entry)) {
      const isMail = isMaildirPart(path.basename(folder))
      const onlyMail = !isMail || entry.name.startsWith('.')
      yield* tellingFaults(readMailFile(file, { onlyMail, onRead }, signal), file)
    }
  }
}

/** The mails of a place; a fault there is told like a mail that cannot be read. */
async function* tellingFaults(
  mails: AsyncGenerator<CollectedMail>,
  location: string,
): AsyncGenerator<CollectedMail> {
  try {
    yield* mails
  } catch (error) {
    if (!(error instanceof BotError)) {
      throw error
    }
    const reason = { code: error.code, message: error.message }
    yield { outcome: 'unreadable', reason, location }
  }
}

function isMaildirPart(name: string): boolean {
  return name === 'cur' || name === 'new'
}
