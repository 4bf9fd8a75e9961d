import type { Sha, TopicId } from '../../core/ids.ts'
import type { MailKind } from '../../core/project.ts'
import type { StoreReader } from '../../store/store.ts'

/** An outcome that is decided to be told: by a mail of its own, or in a digest. */
export interface FiledReport {
  readonly kind: MailKind
  readonly version: string | null
  readonly head: Sha | null
  readonly at: Date
}

/** Whatever was filed about a topic, in no order. */
export async function filedReports(
  topic: TopicId,
  reader: Pick<StoreReader, 'outbox' | 'digestItems'>,
): Promise<readonly FiledReport[]> {
  const mails = await reader.outbox({ topic, limit: 1_000 })
  const items = await reader.digestItems({ topic })
  return [
    ...mails.map(({ kind, version, head, createdAt }) => ({ kind, version, head, at: createdAt })),
    ...items,
  ]
}

/** Whether a report of this key was filed, whatever topic it was about then. */
export async function isKeyFiled(
  key: string,
  reader: Pick<StoreReader, 'outboxEntry' | 'digestItems'>,
): Promise<boolean> {
  return (await reader.outboxEntry(key)) !== null || (await reader.digestItems({ key })).length > 0
}
