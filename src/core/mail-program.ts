import type { MessageId } from './ids.ts'
import type { MailForm } from './message.ts'

/** Mail programs that need advice of their own before they send a patch as it is. */
export type MailProgram =
  | 'git-send-email'
  | 'thunderbird'
  | 'gmail'
  | 'outlook'
  | 'apple-mail'
  | 'mutt'
  | 'evolution'
  | 'kmail'
  | 'claws'
  | 'proton'

const byName: readonly (readonly [RegExp, MailProgram])[] = [
  [/^git-send-email|^b4 /i, 'git-send-email'],
  [/thunderbird|betterbird|icedove/i, 'thunderbird'],
  [/outlook|microsoft|exchange/i, 'outlook'],
  [/apple mail|iphone mail|ipad mail/i, 'apple-mail'],
  [/mutt/i, 'mutt'],
  [/evolution/i, 'evolution'],
  [/kmail|kontact/i, 'kmail'],
  [/claws|sylpheed/i, 'claws'],
]

const byId: readonly (readonly [RegExp, MailProgram])[] = [
  [/@mail\.gmail\.com$/i, 'gmail'],
  [/\.outlook\.com$/i, 'outlook'],
  [/@(?:proton(?:mail)?\.(?:me|com|ch)|pm\.me)$/i, 'proton'],
]

/** Which program most likely sent a mail: by what it says itself, else by the Message-ID it made; null where neither tells. */
export function mailProgramOf(form: MailForm, messageId: MessageId): MailProgram | null {
  const { program } = form
  const named = program === null ? undefined : byName.find(([pattern]) => pattern.test(program))
  return (named ?? byId.find(([pattern]) => pattern.test(messageId)))?.[1] ?? null
}
