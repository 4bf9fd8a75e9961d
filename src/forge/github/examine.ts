import { BotError } from '../../core/bot-error.ts'
import type { ForgeFinding } from '../forge.ts'
import { examinePermissions } from './examine-permissions.ts'
import { examineWebhook } from './examine-webhook.ts'
import type { GithubAuth } from './github-auth.ts'
import { fullName, type GithubRepository, sameRepository } from './github-repository.ts'

function finding(
  what: string,
  level: ForgeFinding['level'],
  message: string,
  remedy: string | null = null,
): ForgeFinding {
  return { what, level, message, remedy }
}

function failure(what: string, error: unknown, remedy: string): ForgeFinding {
  const message = error instanceof Error ? error.message : String(error)
  const own = error instanceof BotError ? error.remedy : null
  return finding(what, 'failing', message, own ?? remedy)
}

async function examineAccount(auth: GithubAuth, signal: AbortSignal): Promise<ForgeFinding> {
  try {
    const login = await auth.ownLogin(signal)
    return finding('account', 'ok', `writes as ${login}${auth.app === null ? '' : ', an App'}`)
  } catch (error) {
    return failure(
      'account',
      error,
      'Give a token, or the id and key of an App, that GitHub knows.',
    )
  }
}

interface RepositoryData {
  readonly full_name: string
  readonly archived: boolean
  readonly fork: boolean
  readonly private: boolean
  readonly permissions?: { readonly push?: boolean } | undefined
  readonly parent?: { readonly full_name: string } | undefined
  readonly source?: { readonly full_name: string } | undefined
}

async function readRepository(
  { octokit }: GithubRepository,
  where: { readonly owner: string; readonly repo: string },
  signal: AbortSignal,
): Promise<RepositoryData> {
  const { data } = await octokit.rest.repos.get({ ...where, request: { signal } })
  return data
}

async function examineRepository(
  github: GithubRepository,
  auth: GithubAuth,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const what = 'repository'
  const isHere = sameRepository(
    { owner: github.where.owner, name: github.where.repo },
    github.heads,
  )
  try {
    const data = await readRepository(github, github.where, signal)
    if (data.archived) {
      return [
        finding(what, 'failing', `${data.full_name} is archived`, 'Unarchive it, or use another.'),
      ]
    }
    const mayPush = auth.app !== null || data.permissions?.push === true
    return [
      mayPush || !isHere
        ? finding(what, 'ok', `${data.full_name}${data.private ? ', private' : ', public'}`)
        : finding(
            what,
            'failing',
            `the account may not push to ${data.full_name}`,
            'Give it the permission to write, or use a fork.',
          ),
    ]
  } catch (error) {
    return [
      failure(
        what,
        error,
        'Compare its name with GitHub, and let the App or token see the repository.',
      ),
    ]
  }
}

async function examineFork(
  github: GithubRepository,
  auth: GithubAuth,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const what = 'fork'
  const { owner, name } = github.heads
  const mirror = { owner: github.where.owner, name: github.where.repo }
  if (sameRepository(mirror, github.heads)) {
    return []
  }
  try {
    const data = await readRepository(github, { owner, repo: name }, signal)
    const roots = [data.parent?.full_name, data.source?.full_name]
    const isFork = roots.some((root) => root?.toLowerCase() === fullName(mirror).toLowerCase())
    if (!isFork) {
      return [
        finding(
          what,
          'failing',
          `${data.full_name} is no fork of ${fullName(mirror)}`,
          'GitHub takes pull requests from a fork alone: make one with its Fork button.',
        ),
      ]
    }
    if (auth.app !== null && owner.toLowerCase() !== mirror.owner.toLowerCase()) {
      return [
        finding(
          what,
          'warning',
          `${data.full_name} belongs to another account than ${fullName(mirror)}`,
          'An App gets a token for one account at a time: keep the fork beside the mirror, or use a token.',
        ),
      ]
    }
    return [finding(what, 'ok', `${data.full_name} is a fork of ${fullName(mirror)}`)]
  } catch (error) {
    return [failure(what, error, 'Let the App or token see the fork.')]
  }
}

/** What a workflow may do that asks for nothing. GitHub tells it to administrators alone, so most bots cannot see it. */
async function examineWorkflows(
  { octokit, where }: GithubRepository,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const what = 'workflows'
  try {
    const { data } =
      await octokit.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository({
        ...where,
        request: { signal },
      })
    return [
      data.default_workflow_permissions === 'read'
        ? finding(what, 'ok', 'may only read the repository unless they ask for more')
        : finding(
            what,
            'warning',
            'may write to the repository without asking, and so may a patch that they run',
            'Set "Workflow permissions" to read in the settings of Actions.',
          ),
    ]
  } catch {
    return []
  }
}

/** See `Forge.examine`: account, permissions, repository, fork, workflows, webhook, each by itself. */
export async function examine(
  github: GithubRepository,
  auth: GithubAuth,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  return [
    await examineAccount(auth, signal),
    ...(await examinePermissions(github, auth, signal)),
    ...(await examineRepository(github, auth, signal)),
    ...(await examineFork(github, auth, signal)),
    ...(await examineWorkflows(github, signal)),
    await examineWebhook(github, auth, signal),
  ]
}
