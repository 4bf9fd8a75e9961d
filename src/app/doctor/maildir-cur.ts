import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { SourceConfig } from '../../config/config.ts'
import { toObject } from '../../git/objects/object-encoding.ts'
import { parseMail } from '../../mail/parse/parse-mail.ts'
import type { StoreReader } from '../../store/store.ts'
import type { StateLayout } from '../state-layout.ts'
import { type Finding, warning } from './finding.ts'
import { lookIntoStore } from './records.ts'

/** So many files of `cur` are looked at. */
const filesLookedAt = 5_000
const filesAtOnce = 100

type Knows = Pick<StoreReader, 'deliveredAmong' | 'messages'>

/** Of these mails how many the store does not have, from whatever source. */
async function countUnknown(
  mails: readonly Uint8Array[],
  source: string,
  reader: Knows,
): Promise<number> {
  const named = mails.map((raw) => ({ raw, blob: toObject('blob', raw).sha }))
  const taken = await reader.deliveredAmong(
    source,
    named.map(({ blob }) => blob),
  )
  const ids = named.flatMap(({ raw, blob }) => {
    const parsed = taken.has(blob) ? null : parseMail(raw)
    return parsed?.outcome === 'message' ? [parsed.message.messageId] : []
  })
  const known = new Set((await reader.messages(ids)).map(({ message }) => message.messageId))
  return ids.filter((id) => !known.has(id)).length
}

/** How many mails another program put into `cur` of a Maildir: nobody reads those there. */
async function countUnread(folder: string, source: string, reader: Knows | null): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'))
  if (reader === null) {
    return names.length
  }
  let count = 0
  for (let at = 0; at < Math.min(names.length, filesLookedAt); at += filesAtOnce) {
    const mails = await Promise.all(
      names
        .slice(at, at + filesAtOnce)
        .map((name) => readFile(path.join(folder, name)).catch(() => null)),
    )
    const there = mails.filter((mail) => mail !== null)
    count += await countUnknown(there, source, reader)
  }
  return count
}

/** What is to be said of mails in `cur` of a Maildir that did not come there by us; null where there are none. */
export async function checkCur(
  source: SourceConfig,
  layout: Pick<StateLayout, 'store'>,
): Promise<Finding | null> {
  if (source.kind !== 'maildir') {
    return null
  }
  const { name, path: folder } = source
  const cur = path.join(folder, 'cur')
  const count =
    (await lookIntoStore(layout, (reader) => countUnread(cur, name, reader))) ??
    (await countUnread(cur, name, null))
  const isOne = count === 1
  return count === 0
    ? null
    : warning(
        `source ${name}`,
        `${count} ${isOne ? 'mail' : 'mails'} in ${cur} ${isOne ? 'was' : 'were'} not put there by Patchferry, and ${isOne ? 'is' : 'are'} not read`,
        `\`patchferry import ${cur}\` takes them, silently; what should be answered goes to new/.`,
      )
}
