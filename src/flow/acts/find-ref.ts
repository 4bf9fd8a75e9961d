import type { MessageId, RefName, Sha } from '../../core/ids.ts'
import { mailRef } from '../../core/ref-name.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreReader } from '../../store/store.ts'
import { firstPublication, foldedName } from '../publish/folded-mails.ts'
import { headOf } from '../report/build-report.ts'

export interface FoundRef {
  readonly ref: RefName
  /** What was made of the mail, the last patch for a cover letter; null where nothing was published. */
  readonly commit: Sha | null
}

/** Under which ref the mirror has what was made of a mail: the mail's own, or, where that was folded, the tag of its first publication. */
export async function findRef(mail: MessageId, reader: StoreReader): Promise<FoundRef> {
  const own = mailRef(mail)
  const record = await reader.seriesOf(mail)
  if (record === null) {
    return { ref: own, commit: null }
  }
  const { series } = record
  const version = versionText(series)
  const isCover = series.cover === mail
  const applications = await reader.applications(record.topic)
  const ofCover = applications.find((one) => one.seriesRef !== null && one.version === version)
  const ofPatch = firstPublication(mail, applications)
  const first = isCover ? ofCover : ofPatch?.application
  if (first === undefined) {
    return { ref: own, commit: null }
  }
  const commit = isCover ? headOf(first) : (ofPatch?.commit ?? null)
  const cursor = await reader.cursor(foldedName(first.project))
  const isFolded = cursor !== null && first.at <= new Date(cursor)
  return { ref: isFolded ? (first.seriesRef ?? own) : own, commit }
}
