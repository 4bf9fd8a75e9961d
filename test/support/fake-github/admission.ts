import type { Account } from '../fake-forge/accounts.ts'
import { type ApiAnswer, type ApiCall, ApiRefusal } from '../fake-forge/api-server.ts'
import type { GitRequest } from '../fake-forge/git-host.ts'
import type { Permissions } from './app.ts'
import { type Caller, callerOf, checkPermissions, mayWrite } from './callers.ts'
import { githubChecker } from './github-checker.ts'
import type { World } from './world.ts'

/** What every operation asks of who calls, before it looks at anything else. */
export function refusalOf(
  world: World,
  call: ApiCall,
  fineGrained: ReadonlyMap<string, Permissions>,
): ApiAnswer | null {
  const caller = callerOf(world, call.token, fineGrained)
  if (caller === null) {
    return { status: 401, body: { message: 'Bad credentials' } }
  }
  if (caller.kind === 'installation' && isClosedToApps(call)) {
    return { status: 403, body: { message: 'Resource not accessible by integration' } }
  }
  const repository = /^\/repos\/([^/]+\/[^/]+)/.exec(call.path)?.[1] ?? null
  try {
    checkPermissions(caller, call.operation ?? '', call.method, repository)
    return null
  } catch (error) {
    if (error instanceof ApiRefusal) {
      return error.answer
    }
    throw error
  }
}

/** As the description says of some operations: `enabledForGitHubApps: false`. */
function isClosedToApps({ method, path: asked, query }: ApiCall): boolean {
  const { operation } = githubChecker.request(method, asked, query, undefined)
  const known = operation?.description['x-github'] as
    | { readonly enabledForGitHubApps?: boolean }
    | undefined
  return known?.enabledForGitHubApps === false
}

export function admitGit(
  world: World,
  { repository: name, service }: GitRequest,
  token: string | null,
  fineGrained: ReadonlyMap<string, Permissions>,
): { readonly login: string; readonly environment: Record<string, string> } | 401 | 403 | 404 {
  const caller = callerOf(world, token, fineGrained)
  const repository = world.repositories.get(name.toLowerCase())
  if (caller === null || caller.kind === 'app') {
    return 401
  }
  if (repository === undefined) {
    return 404
  }
  if (service === 'git-upload-pack') {
    return { login: loginOf(caller), environment: {} }
  }
  if (caller.kind === 'nobody') {
    return 401
  }
  const { permissions } = caller
  const isGranted = permissions === null || permissions['contents'] === 'write'
  const hasWorkflows = permissions === null || permissions['workflows'] === 'write'
  return isGranted && mayWrite(world, caller, repository)
    ? {
        login: loginOf(caller),
        environment: { FAKE_GITHUB_WORKFLOWS: hasWorkflows ? 'allowed' : 'refused' },
      }
    : 403
}

function loginOf(caller: Caller): string {
  const account: Account | null = 'account' in caller ? caller.account : null
  return account?.login ?? 'anonymous'
}
