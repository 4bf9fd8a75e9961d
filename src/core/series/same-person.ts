import type { Mailbox } from '../message.ts'

function key(mailbox: Mailbox): string {
  return mailbox.address.trim().toLowerCase()
}

/**
 * Whether two mailboxes are one person's: the same address, and where it is that of a gateway that mails for many
 * (`Ann via GitGitGadget`) the same name too.
 */
export function isSamePerson(one: Mailbox, other: Mailbox): boolean {
  const viaGateway = / via /i.test(one.name) || / via /i.test(other.name)
  return key(one) === key(other) && (!viaGateway || one.name === other.name)
}
