import type { Conflict } from '../../core/apply/application.ts'
import type { Sha } from '../../core/ids.ts'
import { diagnoseDamage } from '../../core/patch/damage.ts'
import { mailProgramOf } from '../../core/patch/mail-program.ts'
import type { PatchFile } from '../../core/patch/patch-file.ts'
import type { PreImage } from '../../core/patch/space-damage.ts'
import { readRefusal } from '../../core/refusal.ts'
import type { ReportedDamage } from '../../core/report/report.ts'
import type { GitEngine } from '../../git/git-engine.ts'
import type { FlowPorts } from '../ports.ts'
import type { Situation } from '../series/series-situation.ts'

const mostFiles = 20
const longestFileBytes = 1024 * 1024

/**
 * The files that a patch changes as its author had them: the blobs that its `index` lines name, where they are here;
 * else the files of the base, but for those that earlier patches of the series change.
 */
async function preImages(
  { number }: Conflict,
  files: readonly PatchFile[],
  { situation, base, git }: DamageContext,
): Promise<ReadonlyMap<string, PreImage>> {
  const earlier = situation.record.series.patches
    .filter((patch) => patch.number < number)
    .map(({ messageId }) => messageId)
  const changed = new Set(
    situation.mails
      .filter(({ message }) => earlier.includes(message.messageId))
      .flatMap(({ message }) => message.patch?.files ?? [])
      .map(({ newPath }) => newPath),
  )
  const images = new Map<string, PreImage>()
  for (const { oldPath, oldBlob, isBinary } of files.slice(0, mostFiles)) {
    if (oldPath === null || isBinary) {
      continue
    }
    const named = oldBlob === null ? null : await git.readText(oldBlob, longestFileBytes)
    const text =
      named ??
      (changed.has(oldPath) ? null : await git.readText(`${base}:${oldPath}`, longestFileBytes))
    if (text !== null) {
      images.set(oldPath, { text, isNamed: named !== null })
    }
  }
  return images
}

export interface DamageContext {
  readonly situation: Pick<Situation, 'record' | 'mails'>
  /** The commit that the series was applied on. */
  readonly base: Sha
  readonly git: Pick<GitEngine, 'readText'>
}

/** What is wrong with the patch itself that git refused; null where only the base is another one. */
export async function findDamage(
  conflict: Conflict,
  context: DamageContext,
  ports: Pick<FlowPorts, 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<ReportedDamage | null> {
  const refusal = readRefusal(conflict.output)
  const { mails } = context.situation
  const mail = mails.find(({ message }) => message.messageId === conflict.messageId)
  const [raw] = mail === undefined ? [] : await ports.archive.rawMails([mail], signal)
  const parsed = raw === undefined ? null : ports.parse(raw)
  if (parsed?.outcome !== 'message') {
    return refusal === null ? null : { damages: [], refusal, program: null }
  }
  const { form, diff } = parsed.body
  const files = await preImages(conflict, parsed.message.patch?.files ?? [], context)
  const damages = diagnoseDamage({ form, diff, files })
  return refusal === null && damages.length === 0
    ? null
    : { damages, refusal, program: mailProgramOf(form, conflict.messageId) }
}

/** The names of what was found, for `explain`. */
export function describeDamage({ damages, refusal }: ReportedDamage): readonly string[] {
  return [...damages.map(({ kind }) => kind), ...(refusal === null ? [] : [refusal.kind])]
}
