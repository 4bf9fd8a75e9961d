// RFC 5322 3.4.1: a dot-atom at a host name. What would need quotes, and a local part beyond ASCII, is not written to.
const plainAddress =
  /^(?=.{1,64}@)[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*@(?=.{1,253}$)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/u

/** An address that we can write to without any reader or server taking it for two. */
export function isMailable(address: string): boolean {
  return plainAddress.test(address)
}

/** A Message-ID that a header field can hold: printable ASCII that fits a line. */
export function isUsableId(messageId: string): boolean {
  return /^[!-;=?-~]{1,900}$/.test(messageId)
}
