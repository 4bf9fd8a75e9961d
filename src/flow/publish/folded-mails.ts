import type { MessageId, Sha } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { FlowPorts } from '../ports.ts'

/** Up to when mail refs of a project were folded, by the time at which series were applied. */
export function foldedName(project: string): string {
  return `folded ${project}`
}

/** What was applied by then, and published, loses the refs of its mails. */
export function foldedBefore({ clock, upkeep }: Pick<FlowPorts, 'clock' | 'upkeep'>): Date {
  const { mailRefsMs } = upkeep.retention
  return new Date(Number.isFinite(mailRefsMs) ? clock().getTime() - mailRefsMs : 0)
}

/** The first published application that made a commit of the mail; null where there is none. */
export function firstPublication(
  mail: MessageId,
  applications: readonly ApplicationRecord[],
): { readonly application: ApplicationRecord; readonly commit: Sha } | null {
  for (const record of applications) {
    const sha = record.application.commits.find(({ messageId }) => messageId === mail)?.sha ?? null
    // One that is looked at again (`retest`) has its ref all the time.
    if (record.seriesRef !== null && sha !== null) {
      return { application: record, commit: sha }
    }
  }
  return null
}
