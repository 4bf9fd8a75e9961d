import type { Account } from '../fake-forge/accounts.ts'
import type { AppIdentity, Label, Repository } from './records.ts'
import type { World } from './world.ts'

/*
 * What answers and payloads are made of. Only what somebody may read is said; the rest of what the description requires is
 * added where it is sent.
 */

export type Shape = Readonly<Record<string, unknown>>

/** Below the REST API. */
export function apiUrl(world: World, path: string): string {
  return `${world.url}/api/v3${path}`
}

export function userShape(world: World, account: Account): Shape {
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    type: account.isBot ? 'Bot' : 'User',
    url: apiUrl(world, `/users/${encodeURIComponent(account.login)}`),
    html_url: `${world.url}/${account.isBot ? 'apps/' : ''}${account.login.replace('[bot]', '')}`,
    site_admin: false,
  }
}

export function repositoryShape(world: World, repository: Repository): Shape {
  const owner = world.accounts.add(repository.owner)
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: false,
    fork: repository.parent !== null,
    default_branch: 'main',
    owner: userShape(world, owner),
    url: apiUrl(world, `/repos/${repository.fullName}`),
    html_url: `${world.url}/${repository.fullName}`,
    clone_url: `${world.url}/${repository.fullName}.git`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    pushed_at: '2020-01-01T00:00:00Z',
    visibility: 'public',
  }
}

export function labelShape(world: World, repository: Repository, label: Label): Shape {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    name: label.name,
    color: label.color,
    default: false,
    url: apiUrl(world, `/repos/${repository.fullName}/labels/${encodeURIComponent(label.name)}`),
  }
}

export function appShape(app: AppIdentity): Shape {
  return { id: app.id, slug: app.slug, name: app.name, node_id: nodeId('A', app.id) }
}

/** What GraphQL knows a thing by. */
export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(String(id)).toString('base64url')}`
}
