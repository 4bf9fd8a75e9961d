import { connectImap, type ImapServer, serverUrl } from './imap-connection.ts'
import { imapFault, isAnswer, saidBy } from './imap-fault.ts'
import { withoutCarriageReturns } from './imap-fetch.ts'
import { maxTakenBytes } from './limits.ts'

/** A mail that was looked at where it lies; nothing there was changed. */
export interface SeenMail {
  readonly raw: Uint8Array
  readonly location: string
}

const mailsAtOnce = 25

/**
 * The newest mails, at most `limit` of each folder, that the server took on the day of `since` or later (RFC 3501, 6.4.4), oldest
 * first. The folders are only examined. Throws MAIL_IMAP_FOLDER_MISSING, MAIL_IMAP_DISCONNECTED and what `connectImap` throws.
 */
export async function* recentImapMails(
  name: string,
  server: ImapServer,
  folders: readonly string[],
  since: Date,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<SeenMail> {
  const place = { name, path: serverUrl(server) }
  const { client } = await connectImap(place, server, signal)
  function stop(): void {
    client.close()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (const folder of folders) {
      await client.mailboxOpen(folder, { readOnly: true })
      const found = (await client.search({ since }, { uid: true })) || []
      const uids = found.toSorted((a, b) => a - b).slice(-limit)
      for (let at = 0; at < uids.length; at += mailsAtOnce) {
        const batch = uids.slice(at, at + mailsAtOnce).join(',')
        const wanted = { uid: true, source: { start: 0, maxLength: maxTakenBytes } } as const
        for (const { uid, source } of await client.fetchAll(batch, wanted, { uid: true })) {
          const location = `${place.path}/${encodeURIComponent(folder)};UID=${uid}`
          yield* source === undefined ? [] : [{ raw: withoutCarriageReturns(source), location }]
        }
      }
    }
  } catch (error) {
    signal.throwIfAborted()
    const code = isAnswer(error) ? 'MAIL_IMAP_FOLDER_MISSING' : 'MAIL_IMAP_DISCONNECTED'
    throw imapFault(code, `${place.path}: ${saidBy(error)}`, place, 'later')
  } finally {
    signal.removeEventListener('abort', stop)
    client.close()
  }
}
