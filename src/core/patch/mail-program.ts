import type { MessageId } from '../ids.ts'
import type { MailForm } from '../message.ts'

/** Mail programs that need advice of their own before they send a patch as it is. */
export type MailProgram =
  | 'git-send-email'
  | 'thunderbird'
  | 'k-9'
  | 'gmail'
  | 'outlook'
  /** git send-email, and a server of that kind behind it. */
  | 'exchange'
  | 'apple-mail'
  | 'mutt'
  | 'evolution'
  | 'kmail'
  | 'claws'
  | 'proton'

const byName: readonly (readonly [RegExp, MailProgram])[] = [
  [/^git-send-email|^b4 /i, 'git-send-email'],
  [/k-9|thunderbird for android/i, 'k-9'],
  [/thunderbird|betterbird|icedove/i, 'thunderbird'],
  [/outlook|microsoft|exchange/i, 'outlook'],
  [/apple mail|iphone mail|ipad mail/i, 'apple-mail'],
  [/mutt/i, 'mutt'],
  [/evolution/i, 'evolution'],
  [/kmail|kontact/i, 'kmail'],
  [/claws|sylpheed/i, 'claws'],
]

/** What Exchange gives in place of the Message-ID that a mail came with, or of none. */
const serverOfExchange = /@[^@]*\.(?:outlook|exchangelabs)\.com$/i

const byId: readonly (readonly [RegExp, MailProgram])[] = [
  [/@mail\.gmail\.com$/i, 'gmail'],
  [serverOfExchange, 'outlook'],
  [/@(?:proton(?:mail)?\.(?:me|com|ch)|pm\.me)$/i, 'proton'],
]

/** Which program most likely sent a mail: by what it says itself, else by the Message-ID it made; null where neither tells. */
export function mailProgramOf(form: MailForm, messageId: MessageId): MailProgram | null {
  const { program } = form
  const named = program === null ? undefined : byName.find(([pattern]) => pattern.test(program))
  const found = (named ?? byId.find(([pattern]) => pattern.test(messageId)))?.[1] ?? null
  return found === 'git-send-email' && serverOfExchange.test(messageId) ? 'exchange' : found
}
