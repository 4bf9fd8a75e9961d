import type { ForgeFinding } from '../forge.ts'
import type { AppPermissions, GithubAuth } from './github-auth.ts'
import type { GithubRepository } from './github-repository.ts'

interface Need {
  readonly permission: string
  readonly level: 'read' | 'write'
  /** What does not work without it. */
  readonly purpose: string
  readonly missing: 'failing' | 'warning'
}

/** The least that an App needs; `app.yml` asks for the same. */
const needs: readonly Need[] = [
  {
    permission: 'metadata',
    level: 'read',
    purpose: 'see the repository and what people may do',
    missing: 'failing',
  },
  { permission: 'contents', level: 'write', purpose: 'push branches', missing: 'failing' },
  {
    permission: 'pull_requests',
    level: 'write',
    purpose: 'open pull requests and review',
    missing: 'failing',
  },
  // Comments and labels of pull requests are written by either of `pull_requests` and `issues`.
  {
    permission: 'issues',
    level: 'read',
    purpose: 'hear at once what people comment',
    missing: 'warning',
  },
  { permission: 'checks', level: 'read', purpose: 'see check runs', missing: 'failing' },
  { permission: 'statuses', level: 'write', purpose: 'see and set statuses', missing: 'failing' },
  {
    permission: 'actions',
    level: 'write',
    purpose: 'see jobs and logs, and run them again',
    missing: 'warning',
  },
]

/** What it takes to push commits that bring or change a workflow. */
const forWorkflows: Need = {
  permission: 'workflows',
  level: 'write',
  purpose: 'put the workflows of the overlay on the base branches',
  missing: 'failing',
}

const levels: readonly string[] = ['read', 'write', 'admin']

function has(permissions: AppPermissions, { permission, level }: Need): boolean {
  return levels.indexOf(permissions[permission] ?? '') >= levels.indexOf(level)
}

/** One sentence; null where the App may push workflows. */
export function lackOfWorkflows(permissions: AppPermissions): string | null {
  return has(permissions, forWorkflows) ? null : lackOf(forWorkflows)
}

function lackOf({ permission, level, purpose }: Need): string {
  return `the App lacks "${permission}: ${level}", without which the bot cannot ${purpose}`
}

function ofApp(permissions: AppPermissions, pushesWorkflows: boolean): readonly ForgeFinding[] {
  const what = 'permissions'
  const wanted = pushesWorkflows ? [...needs, forWorkflows] : needs
  const missing = wanted.filter((need) => !has(permissions, need))
  if (missing.length === 0) {
    return [{ what, level: 'ok', message: 'the App may do all that is needed', remedy: null }]
  }
  return missing.map((need) => ({
    what,
    level: need.missing,
    message: lackOf(need),
    remedy: 'Add it in the settings of the App, then accept the change for its installation.',
  }))
}

/** A classic token names its scopes in each answer; a fine-grained one names nothing. */
async function ofToken(
  { octokit, where, pushesWorkflows }: GithubRepository,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const what = 'permissions'
  const { headers, data } = await octokit.rest.repos.get({ ...where, request: { signal } })
  const scopes = headers['x-oauth-scopes']?.split(/\s*,\s*/).filter((scope) => scope !== '')
  if (scopes === undefined || scopes.length === 0) {
    const message = 'GitHub does not say what this token may do'
    return [{ what, level: 'ok', message, remedy: null }]
  }
  if (pushesWorkflows && !scopes.includes('workflow')) {
    const remedy = 'Give it the scope "workflow", which pushing the files of the overlay takes.'
    return [{ what, level: 'failing', message: `the token has only ${scopes.join(', ')}`, remedy }]
  }
  const isEnough = scopes.includes('repo') || (!data.private && scopes.includes('public_repo'))
  return [
    isEnough
      ? { what, level: 'ok', message: `the token has ${scopes.join(', ')}`, remedy: null }
      : {
          what,
          level: 'failing',
          message: `the token has only ${scopes.join(', ')}`,
          remedy: 'Give it the scope "repo", or "public_repo" where the repository is public.',
        },
  ]
}

/** What the App or token may do, against what the bot needs. */
export async function examinePermissions(
  github: GithubRepository,
  auth: GithubAuth,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  try {
    return auth.app === null
      ? await ofToken(github, signal)
      : ofApp(await auth.app.permissions(signal), github.pushesWorkflows)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [
      {
        what: 'permissions',
        level: 'failing',
        message: `cannot be looked at: ${message}`,
        remedy: 'Install the App on the repository, or give a token that may see it.',
      },
    ]
  }
}
