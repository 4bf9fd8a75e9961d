import type { Conflict } from '../core/application.ts'
import { diagnoseDamage } from '../core/damage.ts'
import { mailProgramOf } from '../core/mail-program.ts'
import { readRefusal } from '../core/refusal.ts'
import type { ReportedDamage } from '../core/report.ts'
import type { FlowPorts } from './ports.ts'
import type { Situation } from './series-situation.ts'

/** What is wrong with the patch itself that git refused; null where only the base is another one. */
export async function findDamage(
  conflict: Conflict,
  situation: Situation,
  ports: Pick<FlowPorts, 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<ReportedDamage | null> {
  const refusal = readRefusal(conflict.output)
  const mail = situation.mails.find(({ message }) => message.messageId === conflict.messageId)
  const [raw] = mail === undefined ? [] : await ports.archive.rawMails([mail], signal)
  const parsed = raw === undefined ? null : ports.parse(raw)
  if (parsed?.outcome !== 'message') {
    return refusal === null ? null : { damages: [], refusal, program: null }
  }
  const { form, diff } = parsed.body
  const damages = diagnoseDamage({ form, diff })
  return refusal === null && damages.length === 0
    ? null
    : { damages, refusal, program: mailProgramOf(form, conflict.messageId) }
}

/** The names of what was found, for `explain`. */
export function describeDamage({ damages, refusal }: ReportedDamage): readonly string[] {
  return [...damages.map(({ kind }) => kind), ...(refusal === null ? [] : [refusal.kind])]
}
