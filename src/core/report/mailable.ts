// RFC 5322 3.4.1: a dot-atom at a host name. What would need quotes, and a local part beyond ASCII, is not written to.
const plainAddress =
  /^(?=.{1,64}@)[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*@(?=.{1,253}$)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/u

/** An address that we can write to without any reader or server taking it for two. */
export function isMailable(address: string): boolean {
  return plainAddress.test(address)
}

/** Local parts that say that nobody reads what comes there. */
const unread = /^(?:(?:no|do[._-]?not)[._-]?reply(?:[._+-][^@]*)?|mailer-daemon|nobody)@/i

/** Domains that receive nothing: RFC 2606, a machine that nobody gave a name, addresses of forges for commits. */
const nowhere = /[@.](?:invalid|localdomain|noreply\.github\.com|noreply\.gitlab\.com)$/i

/** Whether somebody may read what is sent to an address, and it can be written to at all. */
export function isAnswerable(address: string): boolean {
  return isMailable(address) && !unread.test(address) && !nowhere.test(address)
}

/**
 * A Message-ID that a header field can hold: printable ASCII that fits a line, and that no careless reader takes for an
 * encoded word, in which line ends can hide.
 */
export function isUsableId(messageId: string): boolean {
  return /^[!-;=?-~]{1,900}$/.test(messageId) && !messageId.includes('=?')
}
