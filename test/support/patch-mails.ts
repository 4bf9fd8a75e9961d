import type { MessageId } from '../../src/core/ids.ts'
import type { PatchMail } from '../../src/git/git-engine.ts'

/** Mails in series order, `1@example.org` and so on. */
export function toPatchMails(mails: readonly Uint8Array[]): readonly PatchMail[] {
  return mails.map((raw, index) => ({
    number: index + 1,
    messageId: `${index + 1}@example.org` as MessageId,
    raw,
    patchId: null,
  }))
}
