import { tipOf } from './branches.ts'
import { compare, isMergeable } from './history.ts'
import type { Pull, Repository } from './records.ts'
import { apiUrl, labelShape, nodeId, repositoryShape, type Shape, userShape } from './shapes.ts'
import type { World } from './world.ts'

/** `MEMBER` for those who may write, as far as anybody can see it. */
export function associationOf(world: World, repository: Repository, login: string): string {
  if (login === repository.owner) {
    return 'OWNER'
  }
  const permission = world.accounts.permission(repository.fullName, login)
  return permission === 'read' || permission === 'none' ? 'NONE' : 'COLLABORATOR'
}

function sideShape(world: World, fullName: string, branch: string, sha: string): Shape {
  const repository = world.repository(fullName)
  return {
    label: `${repository.owner}:${branch}`,
    ref: branch,
    sha,
    repo: repositoryShape(world, repository),
    user: userShape(world, world.accounts.add(repository.owner)),
  }
}

/** As in lists (`pull-request-simple`): without what takes GitHub long to know. */
export function pullShape(world: World, repository: Repository, pull: Pull): Shape {
  const path = `/repos/${repository.fullName}/pulls/${pull.number}`
  const htmlUrl = `${world.url}/${repository.fullName}/pull/${pull.number}`
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    draft: pull.isDraft,
    locked: false,
    user: userShape(world, pull.author),
    labels: pull.labels.map((label) => labelShape(world, repository, label)),
    head: sideShape(world, pull.headRepository, pull.headBranch, pull.headSha),
    base: sideShape(world, repository.fullName, pull.baseBranch, pull.baseSha),
    author_association: associationOf(world, repository, pull.author.login),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergedAt === null ? null : pull.headSha,
    url: apiUrl(world, path),
    html_url: htmlUrl,
    diff_url: `${htmlUrl}.diff`,
    patch_url: `${htmlUrl}.patch`,
  }
}

/** As asked for singly: with what its diff says, and whether it can be merged. */
export async function fullPullShape(
  world: World,
  repository: Repository,
  pull: Pull,
): Promise<Shape> {
  const { ahead, files, additions, deletions } = await compare(world, pull.baseSha, pull.headSha)
  const base = tipOf(world, repository.fullName, pull.baseBranch) ?? pull.baseSha
  const mergeable = await isMergeable(world, base, pull.headSha)
  return {
    ...pullShape(world, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable: pull.state === 'open' ? mergeable : null,
    mergeable_state: pull.isDraft ? 'draft' : mergeable ? 'clean' : 'dirty',
    comments: repository.comments.filter(({ number }) => number === pull.number).length,
    review_comments: repository.remarks.filter(({ number }) => number === pull.number).length,
    maintainer_can_modify: false,
    commits: ahead,
    additions,
    deletions,
    changed_files: files,
  }
}
