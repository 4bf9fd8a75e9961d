import { type Db, toDate } from '../tables.ts'
import { indexKey } from '../text.ts'

/** Longest window that a limit looks at. */
const keptMs = 60 * 60_000

export async function nthLastDialogue(
  db: Db,
  n: number,
  domain: string | null,
  now: Date,
): Promise<Date | null> {
  const row = await db
    .selectFrom('dialogue')
    .select('at')
    .where('domain', '=', indexKey(domain ?? ''))
    // A clock that was put back stops nothing.
    .where('at', '<=', now.getTime())
    .where('at', '>', now.getTime() - keptMs)
    .orderBy('at', 'desc')
    .offset(n - 1)
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : toDate(row.at)
}

export async function noteDialogue(db: Db, domains: readonly string[], at: Date): Promise<void> {
  await db
    .deleteFrom('dialogue')
    .where('at', '<=', at.getTime() - keptMs)
    .execute()
  const rows = ['', ...domains].map((domain) => ({ at: at.getTime(), domain: indexKey(domain) }))
  await db.insertInto('dialogue').values(rows).execute()
}
