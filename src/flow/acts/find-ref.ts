import type { MessageId, RefName } from '../../core/ids.ts'
import { mailRef } from '../../core/ref-name.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreReader } from '../../store/store.ts'
import { firstPublication, foldedName } from '../publish/folded-mails.ts'

/** Under which ref the mirror has what was made of a mail: the mail's own, or, where that was folded, the tag of its first publication. */
export async function findRef(mail: MessageId, reader: StoreReader): Promise<RefName> {
  const own = mailRef(mail)
  const record = await reader.seriesOf(mail)
  if (record === null) {
    return own
  }
  const { series } = record
  const version = versionText(series)
  const isCover = series.cover === mail
  const applications = await reader.applications(record.topic)
  const first = isCover
    ? applications.find((one) => one.seriesRef !== null && one.version === version)
    : firstPublication(mail, applications)?.application
  const cursor = first === undefined ? null : await reader.cursor(foldedName(first.project))
  const isFolded = first !== undefined && cursor !== null && first.at <= new Date(cursor)
  return isFolded ? (first.seriesRef ?? own) : own
}
