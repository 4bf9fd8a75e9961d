import type { Account } from '../fake-forge/accounts.ts'
import { ApiRefusal } from '../fake-forge/api-server.ts'
import type { Level, Permissions } from './app.ts'
import type { Repository } from './records.ts'
import type { World } from './world.ts'

/** Who asks. */
export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'app' }
  | {
      readonly kind: 'installation'
      readonly account: Account
      readonly permissions: Permissions
      readonly repositories: readonly string[]
    }
  /** `permissions` null: a token that may do all that its owner may. */
  | { readonly kind: 'user'; readonly account: Account; readonly permissions: Permissions | null }

/** Null: the token is not good. `fineGrained` knows the permissions of personal tokens that have some. */
export function callerOf(
  world: World,
  token: string | null,
  fineGrained: ReadonlyMap<string, Permissions>,
): Caller | null {
  if (token === null) {
    return { kind: 'nobody' }
  }
  if (token.startsWith('ey')) {
    return world.app.accepts(token) ? { kind: 'app' } : null
  }
  const issued = world.app.tokens.find((one) => one.token === token)
  if (issued !== undefined) {
    const account = world.accounts.add(`${world.app.slug}[bot]`, { isBot: true })
    return issued.expiresAt > Date.now() ? { ...issued, kind: 'installation', account } : null
  }
  const account = world.accounts.ofToken(token)
  return account === null
    ? null
    : { kind: 'user', account, permissions: fineGrained.get(token) ?? null }
}

/**
 * What an operation needs, any of these
 * (docs.github.com/rest/authentication/permissions-required-for-github-apps). Empty: no permission.
 */
function permissionsFor(operation: string): readonly string[] {
  const [subject = ''] = operation.split('/')
  if (/^repos\/(?:create-commit-status|get-combined-status|list-commit-statuses)/.test(operation)) {
    return ['statuses']
  }
  if (/^repos\/(?:list|create)-webhook/.test(operation)) {
    return ['repository_hooks']
  }
  if (operation.startsWith('actions/get-github-actions-default-workflow-permissions')) {
    return ['administration']
  }
  if (/^repos\/(?:get|get-collaborator-permission-level)$/.test(operation)) {
    return ['metadata']
  }
  // Labels and comments of pull requests can be had by either.
  const bySubject: Readonly<Record<string, readonly string[]>> = {
    pulls: ['pull_requests'],
    issues: ['issues', 'pull_requests'],
    checks: ['checks'],
    actions: ['actions'],
    git: ['contents'],
    repos: ['contents'],
  }
  return bySubject[subject] ?? []
}

/** Throws the 403 that GitHub gives where the token was not given what the operation needs. */
export function checkPermissions(
  caller: Caller,
  operation: string,
  method: string,
  repository: string | null,
): void {
  if (caller.kind === 'nobody' || caller.kind === 'app' || caller.permissions === null) {
    return
  }
  const by = caller.kind === 'installation' ? 'integration' : 'personal access token'
  const refusal = new ApiRefusal(403, `Resource not accessible by ${by}`)
  const wanted: Level = method === 'GET' ? 'read' : 'write'
  const needed = permissionsFor(operation)
  const { permissions } = caller
  // Everybody has metadata.
  const has = [...Object.keys(permissions), 'metadata'].filter(
    (name) => wanted === 'read' || permissions[name] === 'write',
  )
  if (needed.length > 0 && !needed.some((name) => has.includes(name))) {
    throw refusal
  }
  const isElsewhere =
    caller.kind === 'installation' &&
    repository !== null &&
    !caller.repositories.some((one) => one.toLowerCase() === repository.toLowerCase())
  if (isElsewhere) {
    throw wanted === 'read' ? new ApiRefusal(404, 'Not Found') : refusal
  }
}

/** Of somebody who has one. */
export function accountOf(caller: Caller): Account {
  if (caller.kind === 'user' || caller.kind === 'installation') {
    return caller.account
  }
  throw new ApiRefusal(401, 'Requires authentication')
}

/** Whether the caller may write to the repository, as far as its own rights go. */
export function mayWrite(world: World, caller: Caller, repository: Repository): boolean {
  if (caller.kind === 'installation') {
    return caller.repositories.includes(repository.fullName)
  }
  return (
    caller.kind === 'user' &&
    ['write', 'admin'].includes(
      world.accounts.permission(repository.fullName, caller.account.login),
    )
  )
}

/** Throws the 403 that GitHub gives to those who may only read. */
export function checkMayWrite(world: World, caller: Caller, repository: Repository): void {
  accountOf(caller)
  if (!mayWrite(world, caller, repository)) {
    throw new ApiRefusal(403, 'Must have admin rights to Repository.')
  }
}
