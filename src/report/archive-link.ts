import type { MessageId } from '../core/ids.ts'
import type { MailingList } from '../core/project.ts'

function escape(text: string): string {
  return (
    encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
      // A forge reads GH-12 in an address, too.
      .replace(/(?<=gh)-(?=\d)/gi, '%2d')
      .replace(/[()'*!]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
  )
}

/** Where the archive of the list shows a mail; null where the list has none that is known. */
export function archiveLink(
  { archiveUrl }: Pick<MailingList, 'archiveUrl'>,
  messageId: MessageId,
): string | null {
  const [local = '', domain = '', ...more] = messageId.split('@')
  const isUsual = more.length === 0 && domain !== '' && /[A-Za-z0-9]$/.test(local)
  const safe = isUsual ? `${escape(local)}@${escape(domain)}` : escape(messageId)
  return archiveUrl?.replaceAll('{id}', () => safe) ?? null
}
