import type {
  FakeComment,
  FakeLabel,
  FakePull,
  FakeRemark,
  FakeRepository,
  FakeReview,
  FakeStatus,
} from './records.ts'
import { whole } from './whole-seconds.ts'
import type { World } from './world.ts'

export type Shape = Readonly<Record<string, unknown>>

/** What the servers call a title of a draft (`WORK_IN_PROGRESS_PREFIXES`). */
const draftTitle = /^(?:WIP:|\[WIP\])/i

export function userShape(world: World, login: string): Shape {
  // The servers' own CI has an account without a row.
  const id = login.endsWith('-actions') ? -2 : world.accounts.add(login).id
  return {
    id,
    login,
    full_name: '',
    html_url: `${world.url}/${login}`,
    is_admin: world.admins.has(login),
  }
}

export function repositoryShape(world: World, repository: FakeRepository, login: string): Shape {
  const [owner = '', name = ''] = repository.name.split('/')
  const parent =
    repository.parent === null ? undefined : world.repositories.get(repository.parent.toLowerCase())
  const permission = world.accounts.permission(repository.name, login)
  return {
    id: repository.id,
    owner: userShape(world, owner),
    name,
    full_name: repository.name,
    html_url: `${world.url}/${repository.name}`,
    clone_url: `${world.url}/${repository.name}.git`,
    default_branch: 'main',
    empty: false,
    private: false,
    archived: repository.archived,
    fork: parent !== undefined,
    parent: parent === undefined ? null : repositoryShape(world, parent, login),
    has_pull_requests: true,
    has_actions: repository.hasActions,
    permissions: {
      admin: permission === 'admin',
      push: permission === 'admin' || permission === 'write',
      pull: permission !== 'none',
    },
  }
}

export function labelShape(world: World, repository: FakeRepository, label: FakeLabel): Shape {
  return {
    id: label.id,
    name: label.name,
    color: label.color.replace('#', ''),
    description: label.description,
    exclusive: false,
    is_archived: false,
    url: `${world.url}/api/v1/repos/${repository.name}/labels/${label.id}`,
  }
}

export function labelsOf(world: World, repository: FakeRepository, pull: FakePull): Shape[] {
  return repository.labels
    .filter(({ id }) => pull.labels.has(id))
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map((label) => labelShape(world, repository, label))
}

/** Refs of repositories by name, each read once. */
export type KnownRefs = (repository: string) => ReadonlyMap<string, string>

export function knownRefs(world: World): KnownRefs {
  const known = new Map<string, ReadonlyMap<string, string>>()
  return (repository) => {
    const refs = known.get(repository) ?? world.git.refs(repository)
    known.set(repository, refs)
    return refs
  }
}

export function pullShape(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
  refs = knownRefs(world),
): Shape {
  const url = `${world.url}/${repository.name}/pulls/${pull.number}`
  const isAgit = pull.flow === 1
  const head = world.repositories.get(pull.headRepository.toLowerCase())
  const hasBranch =
    !isAgit && head !== undefined && refs(head.name).has(`refs/heads/${pull.headBranch}`)
  const base = repositoryShape(world, repository, login)
  return {
    id: pull.id,
    number: pull.number,
    url: `${world.url}/api/v1/repos/${repository.name}/pulls/${pull.number}`,
    html_url: url,
    state: pull.state,
    merged: pull.merged,
    draft: draftTitle.test(pull.title),
    title: pull.title,
    body: pull.body,
    user: userShape(world, pull.poster),
    labels: labelsOf(world, repository, pull),
    flow: pull.flow,
    base: {
      label: pull.base,
      ref: pull.base,
      sha: refs(repository.name).get(`refs/heads/${pull.base}`) ?? '',
      repo_id: repository.id,
      repo: base,
    },
    head: {
      label: isAgit && !world.version.namesAgitHeads ? '' : pull.headBranch,
      ref: hasBranch ? pull.headBranch : `refs/pull/${pull.number}/head`,
      // Every pull request has a ref of its own in the repository it is made in.
      sha: refs(repository.name).get(`refs/pull/${pull.number}/head`) ?? '',
      repo_id: isAgit ? repository.id : (head?.id ?? -1),
      repo: isAgit ? base : head === undefined ? null : repositoryShape(world, head, login),
    },
    created_at: whole(pull.createdAt),
    updated_at: whole(pull.updatedAt),
    closed_at: pull.state === 'closed' ? whole(pull.updatedAt) : null,
  }
}

export function commentShape(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  comment: FakeComment,
): Shape {
  const url = `${world.url}/${repository.name}/pulls/${pull.number}`
  return {
    id: comment.id,
    html_url: `${url}#issuecomment-${comment.id}`,
    pull_request_url: url,
    issue_url: '',
    user: userShape(world, comment.login),
    body: comment.body,
    created_at: whole(comment.createdAt),
    updated_at: whole(comment.updatedAt),
  }
}

/** The targets of the servers' own CI are paths. */
export function statusShape(world: World, repository: FakeRepository, status: FakeStatus): Shape {
  return {
    id: status.id,
    context: status.context,
    status: status.status,
    description: status.description,
    target_url: status.targetUrl,
    url: `${world.url}/api/v1/repos/${repository.name}/statuses/${status.sha}`,
    creator: userShape(world, status.login),
    created_at: whole(status.at),
    updated_at: whole(status.at),
  }
}

export function reviewShape(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  review: FakeReview,
): Shape {
  const url = `${world.url}/${repository.name}/pulls/${pull.number}`
  return {
    id: review.id,
    user: userShape(world, review.login),
    state: review.state,
    body: review.body,
    commit_id: review.commit,
    comments_count: review.remarks.length,
    dismissed: review.dismissed,
    stale: false,
    official: false,
    html_url: `${url}#issuecomment-${review.id}`,
    pull_request_url: url,
    submitted_at: whole(review.submittedAt),
    updated_at: whole(review.submittedAt),
  }
}

export function remarkShape(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  review: FakeReview,
  remark: FakeRemark,
): Shape {
  const url = `${world.url}/${repository.name}/pulls/${pull.number}`
  return {
    id: remark.id,
    user: userShape(world, remark.login),
    body: remark.body,
    path: remark.path,
    position: Math.max(remark.line, 0),
    original_position: Math.max(-remark.line, 0),
    ...(world.version.remarkRanges ? { extra_lines_count: remark.extraLines } : {}),
    diff_hunk: remark.hunk,
    commit_id: remark.blamed,
    original_commit_id: '',
    pull_request_review_id: review.id,
    html_url: `${url}#issuecomment-${remark.id}`,
    pull_request_url: url,
    created_at: whole(remark.createdAt),
    updated_at: whole(remark.createdAt),
  }
}
