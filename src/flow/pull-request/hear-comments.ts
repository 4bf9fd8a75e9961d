import type { Sha } from '../../core/ids.ts'
import type { ForgeComment } from '../../core/pull-request/forge-comment.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { type ReleaseAsked, readReleaseAsked } from '../../core/trust/forge-command.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import { approve } from '../acts/operator-acts.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject, type ProjectPorts } from '../ports.ts'
import { heldApplication } from '../publish/held-application.ts'

function cursorName({ project, number }: Pick<PullRequestRecord, 'project' | 'number'>): string {
  return `heard:${project}:${number}`
}

/** Has the comments of a pull request read: what follows from a webhook that speaks of one. */
export async function noteCommentHint(
  project: string,
  number: number,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  if ((await tx.pullRequests({ project, number })).length > 0) {
    await tx.enqueue('hear', `${project} ${number}`, ports.clock())
  }
}

/** The head that the comment means; null where it means another one than is held. */
function meantHead(
  { head }: ReleaseAsked,
  { createdAt }: ForgeComment,
  held: ApplicationRecord,
): Sha | null {
  if (held.application.outcome !== 'applied') {
    return null
  }
  const isMeant = head === null ? held.at <= createdAt : held.application.head.startsWith(head)
  return isMeant ? held.application.head : null
}

async function heed(
  comment: ForgeComment,
  known: PullRequestRecord,
  { forge }: ProjectPorts,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const asked = readReleaseAsked(comment)
  const held =
    asked === null ? null : await ports.store.read((reader) => heldApplication(known.topic, reader))
  const head = asked === null || held === null ? null : meantHead(asked, comment, held)
  if (held === null || head === null) {
    return
  }
  const permission = await forge.permissionOf(comment.author.login, signal)
  if (permission !== 'admin' && permission !== 'write') {
    const { login } = comment.author
    ports.log.info({ login, permission, url: comment.url }, 'this account may not release a series')
    return
  }
  const by = `${comment.author.login} on ${forge.repository}`
  await approve(known.topic, { version: held.version, head }, by, ports, signal)
}

/**
 * Reads what was written on a pull request since last time, and does what those with write permission ask for. Whoever
 * reads it again finds nothing left to release.
 */
export async function hearComments(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const [, name = '', digits = ''] = /^(.*) (\d+)$/.exec(job.key) ?? []
  const project = findProject(ports, name)
  const { known, cursor } = await ports.store.read(async (reader) => {
    const [record] = await reader.pullRequests({ project: name, number: Number(digits) })
    return {
      known: record ?? null,
      cursor: record === undefined ? null : await reader.cursor(cursorName(record)),
    }
  })
  if (project === null || known === null) {
    await finish(job, ports)
    return
  }
  const since = cursor === null ? null : new Date(cursor)
  const comments = await project.forge.listComments(known.number, since, signal)
  for (const comment of comments) {
    await heed(comment, known, project, ports, signal)
  }
  const last = comments.reduce<Date | null>(
    (latest, { updatedAt }) => (latest === null || updatedAt > latest ? updatedAt : latest),
    since,
  )
  await finish(job, ports, async (tx) => {
    if (last !== null) {
      await tx.saveCursor(cursorName(known), last.toISOString())
    }
  })
}
