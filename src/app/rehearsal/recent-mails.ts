import path from 'node:path'
import type { SourceConfig } from '../../config/config.ts'
import { effectiveDate, type Message } from '../../core/message.ts'
import { readDespiteDamage } from '../../mail/collection/read-collection.ts'
import { parseMail } from '../../mail/parse/parse-mail.ts'
import { recentImapMails, type SeenMail } from '../../mail/source/recent-imap.ts'
import { recentInboxMails } from '../../mail/source/recent-inbox.ts'
import { imapServer } from '../open-sources.ts'
import type { Terminal } from '../terminal.ts'

export interface DatedMail {
  readonly raw: Uint8Array
  /** Name of the source. */
  readonly source: string
  readonly location: string
  readonly at: Date
  /** Null where it cannot be read. */
  readonly message: Message | null
}

/** Which mails are looked at. */
export interface RecentWindow {
  readonly since: Date
  /** The newest so many of each source. */
  readonly limit: number
  /** An empty folder of ours. */
  readonly directory: string
  /** Hears of each mail that is read, and whether it is young enough. */
  readonly onMail?: (isRecent: boolean) => void
}

/** The mail with the time it says it is of; the epoch where it says none. */
export function toDated(raw: Uint8Array, source: string, location: string): DatedMail {
  const parsed = parseMail(raw)
  const message = parsed.outcome === 'message' ? parsed.message : null
  return { raw, source, location, at: message ? effectiveDate(message) : new Date(0), message }
}

async function* readFiles(folder: string, signal: AbortSignal): AsyncGenerator<SeenMail> {
  for await (const mail of readDespiteDamage([folder], nothing(), signal)) {
    if (mail.outcome === 'mail') {
      yield mail
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function seenMails(
  source: SourceConfig,
  { since, limit, directory }: RecentWindow,
  { env, draining }: Pick<Terminal, 'env' | 'draining'>,
): AsyncGenerator<SeenMail> {
  switch (source.kind) {
    case 'maildir':
    case 'mbox':
    case 'folder':
      return readFiles(source.path, draining)
    case 'public-inbox': {
      const own = path.join(directory, encodeURIComponent(source.name))
      return recentInboxMails(source, own, since, limit, draining)
    }
    case 'imap': {
      const server = imapServer(source.imap, env)
      return recentImapMails(source.name, server, source.imap.folders, since, limit, draining)
    }
  }
}

/**
 * The mails of a source that say they are of `since` or later, oldest first. Nothing is changed where they lie: no flag, no
 * cursor. Throws what the source throws that cannot be read.
 */
export async function recentMails(
  source: SourceConfig,
  window: RecentWindow,
  terminal: Pick<Terminal, 'env' | 'draining'>,
): Promise<readonly DatedMail[]> {
  const { since, limit, onMail } = window
  let newest: DatedMail[] = []
  function keepNewest(): void {
    newest = newest.toSorted((a, b) => a.at.getTime() - b.at.getTime()).slice(-limit)
  }
  for await (const { raw, location } of seenMails(source, window, terminal)) {
    const mail = toDated(raw, source.name, location)
    if (mail.at >= since) {
      newest.push(mail)
    }
    onMail?.(mail.at >= since)
    if (newest.length >= 2 * limit) {
      keepNewest()
    }
  }
  keepNewest()
  return newest
}
