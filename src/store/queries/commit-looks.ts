import type { CommitLook } from '../../core/checks/commit-look.ts'
import type { PastHead } from '../../core/checks/learn-checks.ts'
import { toJson } from '../../core/clean-json.ts'
import type { Sha } from '../../core/ids.ts'
import { type Db, toDate, toMillis } from '../tables.ts'

/** A commit that nobody looked at for longer than so many others is asked for again, which costs a request. */
const keptForEach = 1_000

function fromJson(contexts: string | null): readonly string[] | null {
  return contexts === null ? null : (JSON.parse(contexts) as readonly string[])
}

export async function commitLook(db: Db, project: string, sha: Sha): Promise<CommitLook | null> {
  const row = await db
    .selectFrom('commit_look')
    .selectAll()
    .where('project', '=', project)
    .where('sha', '=', sha)
    .executeTakeFirst()
  return row === undefined
    ? null
    : {
        project,
        sha,
        lookedAt: toDate(row.looked_at),
        changedAt: toDate(row.changed_at),
        dueAt: toDate(row.due_at),
        approvalUrl: row.approval_url,
        settledAt: toDate(row.settled_at),
        contexts: fromJson(row.contexts),
        tookMs: row.took_ms,
      }
}

export async function pastHeads(
  db: Db,
  project: string,
  limit: number,
): Promise<readonly PastHead[]> {
  const rows = await db
    .selectFrom('commit_look')
    .select(['contexts', 'took_ms'])
    .where('project', '=', project)
    .where('contexts', 'is not', null)
    .orderBy('settled_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ contexts, took_ms }) => ({
    contexts: fromJson(contexts) ?? [],
    tookMs: took_ms,
  }))
}

export async function saveCommitLook(db: Db, look: CommitLook): Promise<void> {
  const row = {
    project: look.project,
    sha: look.sha,
    looked_at: toMillis(look.lookedAt),
    changed_at: toMillis(look.changedAt),
    due_at: toMillis(look.dueAt),
    approval_url: look.approvalUrl,
    settled_at: toMillis(look.settledAt),
    contexts: look.contexts === null ? null : toJson(look.contexts),
    took_ms: look.tookMs,
  }
  const known = await db
    .updateTable('commit_look')
    .set(row)
    .where('project', '=', look.project)
    .where('sha', '=', look.sha)
    .executeTakeFirstOrThrow()
  if (known.numUpdatedRows > 0n) {
    return
  }
  await db.insertInto('commit_look').values(row).execute()
  const oldest = await db
    .selectFrom('commit_look')
    .select('id')
    .where('project', '=', look.project)
    .orderBy('id', 'desc')
    .offset(keptForEach)
    .limit(1)
    .executeTakeFirst()
  if (oldest !== undefined) {
    await db
      .deleteFrom('commit_look')
      .where('project', '=', look.project)
      .where('id', '<=', oldest.id)
      .execute()
  }
}
