import type { Account } from '../fake-forge/accounts.ts'
import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf, checkMayWrite } from './callers.ts'
import { followLine, type PullDiff, placeOf, readPullDiff, shareHunk } from './diff-lines.ts'
import { associationOf, pullShape } from './pull-shapes.ts'
import type { Pull, Repository, Review, ReviewComment, Side } from './records.ts'
import { found, type RepositoryCall } from './routes.ts'
import { apiUrl, nodeId, type Shape, userShape } from './shapes.ts'
import { now, type World } from './world.ts'

/** As it comes in a request. */
export interface GivenComment {
  readonly path: string
  readonly body: string
  readonly line?: number
  readonly side?: Side
  readonly start_line?: number | null
  readonly start_side?: Side
  readonly position?: number
  readonly subject_type?: string
}

/** A comment with everything but what its review gives it. */
export type CheckedComment = Pick<
  ReviewComment,
  'path' | 'body' | 'line' | 'startLine' | 'side' | 'startSide' | 'diffHunk' | 'position'
>

/**
 * Throws the 422 of GitHub for a remark that has no place in the diff: "Line could not be resolved" (max-sixty/tend#252),
 * "path is invalid and ... diff hunk can't be blank" (villesau/ai-codereviewer#34), "start line must be part of the same hunk
 * as the line" (parkerbxyz/suggest-changes#64), "start line must precede the end line".
 */
export function checkComment(diff: PullDiff, given: GivenComment): CheckedComment {
  const { path, body, side = 'RIGHT', start_side: startSide = side } = given
  const startLine = given.start_line ?? null
  const isOnFile = given.subject_type === 'file'
  if (!diff.has(path)) {
    throw unresolved(
      "Pull request review thread path is invalid and Pull request review thread diff hunk can't be blank",
    )
  }
  if (isOnFile) {
    const nowhere = { line: null, startLine: null, side, startSide: null }
    return { path, body, ...nowhere, diffHunk: '', position: null }
  }
  const line = given.line ?? null
  const place = line === null ? null : placeOf(diff, path, line, side)
  if (line === null || place === null) {
    throw unresolved('Line could not be resolved')
  }
  if (startLine !== null && startSide === side && startLine >= line) {
    throw unresolved('Pull request review thread start line must precede the end line.')
  }
  if (
    startLine !== null &&
    !shareHunk(diff, path, { line: startLine, side: startSide }, { line, side })
  ) {
    throw unresolved(
      'Pull request review thread start line must be part of the same hunk as the line.',
    )
  }
  return {
    path,
    body,
    line,
    startLine,
    side,
    startSide: startLine === null ? null : startSide,
    ...place,
  }
}

function unresolved(message: string): ApiRefusal {
  return new ApiRefusal(422, 'Unprocessable Entity', { errors: [message] })
}

export function addRemark(
  world: World,
  repository: Repository,
  review: Review,
  checked: CheckedComment,
  inReplyTo: number | null = null,
): ReviewComment {
  const at = now()
  const remark: ReviewComment = {
    ...checked,
    id: world.nextId(),
    number: review.number,
    reviewId: review.id,
    author: review.author,
    commit: review.commit,
    inReplyTo,
    createdAt: at,
    updatedAt: at,
  }
  repository.remarks.push(remark)
  return remark
}

/** `lines` null once the remark is outdated: its lines are no longer in the diff of the head. */
async function linesNow(
  world: World,
  repository: Repository,
  pull: Pull,
  remark: ReviewComment,
): Promise<{
  readonly line: number | null
  readonly startLine: number | null
  readonly position: number | null
}> {
  const { line, startLine, position, commit, path, side } = remark
  if (commit === pull.headSha || line === null) {
    return { line, startLine, position }
  }
  async function follow(from: number): Promise<number | null> {
    return side === 'LEFT' ? from : followLine(world, repository, path, from, commit, pull.headSha)
  }
  const moved = await follow(line)
  const diff = await readPullDiff(world, pull, pull.headSha)
  const place = moved === null ? null : placeOf(diff, path, moved, side)
  return place === null
    ? { line: null, startLine: null, position: null }
    : {
        line: moved,
        startLine: startLine === null ? null : await follow(startLine),
        position: place.position,
      }
}

/** `withLines`: the list of one review is told in the old way, by positions alone. */
export async function remarkShape(
  world: World,
  repository: Repository,
  remark: ReviewComment,
  withLines = true,
): Promise<Shape> {
  const pull = found(repository.pulls.get(remark.number))
  const { line, startLine, position } = await linesNow(world, repository, pull, remark)
  const isOutdated = line === null && remark.line !== null
  const path = `/repos/${repository.fullName}/pulls`
  const lines = {
    line,
    original_line: remark.line,
    side: remark.side,
    start_line: startLine,
    original_start_line: remark.startLine,
    start_side: remark.startSide,
    subject_type: remark.line === null ? 'file' : 'line',
  }
  return {
    id: remark.id,
    node_id: nodeId('PRRC', remark.id),
    pull_request_review_id: remark.reviewId,
    path: remark.path,
    body: remark.body,
    diff_hunk: remark.diffHunk,
    position,
    original_position: remark.position,
    commit_id: isOutdated ? remark.commit : pull.headSha,
    original_commit_id: remark.commit,
    ...(remark.inReplyTo === null ? {} : { in_reply_to_id: remark.inReplyTo }),
    user: userShape(world, remark.author),
    author_association: associationOf(world, repository, remark.author.login),
    created_at: remark.createdAt,
    updated_at: remark.updatedAt,
    url: apiUrl(world, `${path}/comments/${remark.id}`),
    html_url: `${world.url}/${repository.fullName}/pull/${remark.number}#discussion_r${remark.id}`,
    pull_request_url: apiUrl(world, `${path}/${remark.number}`),
    ...(withLines ? lines : {}),
  }
}

export async function tellOfRemark(
  world: World,
  repository: Repository,
  remark: ReviewComment,
  action: string,
  sender: Account,
  more: Shape = {},
): Promise<void> {
  const pull = found(repository.pulls.get(remark.number))
  pull.updatedAt = now()
  world.emit('pull_request_review_comment', action, repository, sender, {
    comment: await remarkShape(world, repository, remark),
    pull_request: pullShape(world, repository, pull),
    ...more,
  })
}

export async function updateRemark(call: RepositoryCall, body: string): Promise<ApiAnswer> {
  const { world, repository } = call
  const { remark, sender } = ownRemark(call)
  const from = remark.body
  remark.body = body
  remark.updatedAt = now()
  await tellOfRemark(world, repository, remark, 'edited', sender, { changes: { body: { from } } })
  return { status: 200, body: await remarkShape(world, repository, remark) }
}

export async function removeRemark(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository } = call
  const { remark, sender } = ownRemark(call)
  await tellOfRemark(world, repository, remark, 'deleted', sender)
  repository.remarks.splice(repository.remarks.indexOf(remark), 1)
  return { status: 204 }
}

export function remarkOf(call: RepositoryCall): ReviewComment {
  const id = Number(call.params['comment_id'])
  return found(call.repository.remarks.find((one) => one.id === id))
}

function ownRemark(call: RepositoryCall): {
  readonly remark: ReviewComment
  readonly sender: Account
} {
  const remark = remarkOf(call)
  const sender = accountOf(call.caller)
  if (remark.author.login !== sender.login) {
    checkMayWrite(call.world, call.caller, call.repository)
  }
  return { remark, sender }
}
