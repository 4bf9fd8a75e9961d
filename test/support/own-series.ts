import type { DemoMail } from '../../src/app/demo/mails.ts'
import { listAddress, listId } from '../../src/app/demo/mails.ts'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'

export interface OwnPatch {
  /** Local part of the Message-ID at `contributor.example`. */
  readonly name: string
  /** What the bracket says after PATCH, such as `v2` or `1/2`. */
  readonly counter?: string
  readonly subject: string
  /** Made where absent, else this line is added at its end. */
  readonly file: string
  /** The file's lines before; it is made when absent. */
  readonly before?: readonly string[]
  readonly adds: string
  /** Lines of the message, such as trailers. */
  readonly message?: readonly string[]
  /** What stands below the diff, such as `base-commit:`. */
  readonly below?: readonly string[]
  readonly inReplyTo?: string
  /** Minutes after noon. */
  readonly minute?: number
}

export function ownId(name: string): string {
  return `${name}@contributor.example`
}

/** The mail of a patch that adds one line at the end of a file, as `git format-patch` writes it. */
export function ownPatch(patch: OwnPatch): DemoMail {
  const { file, before = [], adds, message = [], below = [], minute = 0 } = patch
  const isNew = before.length === 0
  const parent = patch.inReplyTo === undefined ? [] : [`In-Reply-To: <${ownId(patch.inReplyTo)}>`]
  const lines = [
    'From: Olga Own <olga@contributor.example>',
    `To: ${listAddress}`,
    `List-Id: <${listId}>`,
    `Date: Mon, 03 Mar 2025 12:${String(minute).padStart(2, '0')}:00 +0000`,
    `Message-ID: <${ownId(patch.name)}>`,
    ...parent,
    `Subject: [${['PATCH', patch.counter].filter(Boolean).join(' ')}] ${patch.subject}`,
    '',
    ...message,
    '---',
    '',
    `diff --git a/${file} b/${file}`,
    ...(isNew ? ['new file mode 100644', '--- /dev/null'] : [`--- a/${file}`]),
    `+++ b/${file}`,
    `@@ -${isNew ? '0,0' : `1,${before.length}`} +1,${before.length + 1} @@`,
    ...before.map((line) => ` ${line}`),
    `+${adds}`,
    '-- ',
    '2.39.5',
    ...below,
    '',
  ]
  return { messageId: ownId(patch.name), raw: lines.join('\n') }
}

/** Lets mails of one's own arrive in the inbox of the demo. */
export async function arriveOwn(world: DemoWorld, ...mails: readonly DemoMail[]): Promise<void> {
  for (const { messageId, raw } of mails) {
    await deliver(world.inbox, `1700000000.${messageId}.test`, raw)
  }
}
