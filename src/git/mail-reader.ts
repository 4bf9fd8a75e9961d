/**
 * What `git mailinfo` makes of one mail. Byte strings (one character a byte, `latin1`), because commits are made of
 * bytes.
 */
export interface MailAsGit {
  readonly author: { readonly name: string; readonly email: string }
  /** As written; empty when there is none. */
  readonly date: string
  /** The whole commit message, cleaned as `git am` cleans it. */
  readonly message: string
  /** From the line that ends the message on; empty when there is none. */
  readonly patch: string
}

/**
 * Reads a mail as `git am` does, without options and whatever version of git; null where it is not sure to find what
 * git would: then git is asked.
 */
export type MailReader = (mail: Uint8Array) => MailAsGit | null
