import type { Sha } from '../../core/ids.ts'
import type { QuarantineRecord } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'
import { type ActPorts, type ActResult, decide, refused } from './decide.ts'

/** A mail that could not be read, and who has looked at it; null for nobody. `reason` may be empty. */
export interface QuarantinedMail extends QuarantineRecord {
  readonly seen: { readonly by: string; readonly at: Date; readonly reason: string } | null
}

/** More than this many are of no use to a person. */
const mostMails = 100_000
const leastId = 6
const idForm = new RegExp(`^[0-9a-f]{${leastId},64}$`)

/** What can be the beginning of a blob, in lower case; null for whatever else. */
function toDigits(id: string): string | null {
  const digits = id.toLowerCase()
  return idForm.test(digits) ? digits : null
}

/** Newest first. */
export async function quarantinedMails(
  reader: StoreReader,
  limit: number,
): Promise<readonly QuarantinedMail[]> {
  const words = await reader.humanDecisions('quarantine-seen')
  const seen = new Map<Sha, QuarantinedMail['seen']>()
  for (const { at, by, decision } of words) {
    for (const blob of decision.mails) {
      seen.set(blob, seen.get(blob) ?? { by, at, reason: decision.reason })
    }
  }
  const records = await reader.quarantine(limit)
  return records.map((record) => ({ ...record, seen: seen.get(record.blob) ?? null }))
}

function counted(blobs: ReadonlySet<Sha>): string {
  return blobs.size === 1 ? '1 mail is' : `${blobs.size} mails are`
}

/**
 * Notes that somebody has looked at mails in quarantine: they keep the condition from being good no more. `ids`: the blob of each, or
 * the beginning of it; null for all that nobody has seen. All or none of them.
 */
export async function noteSeen(
  ids: readonly string[] | null,
  { reason, by }: { readonly reason: string; readonly by: string },
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const open = await ports.store.read((reader) => quarantinedMails(reader, mostMails))
  const blobs = new Set<Sha>()
  for (const id of ids ?? []) {
    const digits = toDigits(id)
    if (digits === null) {
      return refused(
        `${id} names no mail: write at least ${leastId} digits of what \`patchferry quarantine\` shows before it`,
      )
    }
    const named = new Set(open.map(({ blob }) => blob).filter((blob) => blob.startsWith(digits)))
    const [blob, ...others] = named
    if (blob === undefined) {
      return refused(
        `there is no mail ${id} in quarantine; \`patchferry quarantine --all\` lists them`,
      )
    }
    if (others.length > 0) {
      return refused(`${id} is the beginning of several: ${[...named].join(', ')}`)
    }
    blobs.add(blob)
  }
  const asked = open.filter(({ blob }) => ids === null || blobs.has(blob))
  const unseen = new Set(asked.filter(({ seen }) => seen === null).map(({ blob }) => blob))
  if (unseen.size === 0) {
    return refused(
      ids === null
        ? 'no mail in quarantine is unseen'
        : `${new Set(asked.map(({ blob }) => blob)).size === 1 ? 'it was' : 'they were'} said to be seen already`,
    )
  }
  return decide(
    { kind: 'quarantine-seen', mails: [...unseen], reason },
    by,
    {
      record: null,
      rule: 'quarantine-seen',
      result: `${counted(unseen)} noted as seen; the bytes stay in the archive`,
    },
    async () => undefined,
    ports,
    signal,
  )
}
