import { Buffer } from 'node:buffer'
import type { Octokit } from '@octokit/rest'
import type { Clock } from '../../core/clock.ts'
import { appJwt, readPrivateKey } from './app-jwt.ts'
import type { Fetch } from './guarded-fetch.ts'
import { makeOctokit, type RequestAuth } from './octokit.ts'

export type GithubCredentials =
  | {
      readonly kind: 'app'
      readonly appId: string
      /** PEM; asked for each time it is needed, for it may have been changed. */
      readonly privateKey: () => string
      /** Null: looked up by the repository. */
      readonly installationId: number | null
    }
  | { readonly kind: 'token'; readonly token: () => Promise<string> }

export interface RepositoryName {
  readonly owner: string
  readonly name: string
}

/** What an App may do with one account's repositories: permissions by their name, `read`, `write` or `admin`. */
export type AppPermissions = Readonly<Record<string, string>>

/** The App behind installation tokens. */
export interface AppIdentity {
  /** Asks as the App itself, which may do other things than an installation of it. */
  readonly octokit: Octokit
  permissions(signal: AbortSignal): Promise<AppPermissions>
}

export interface GithubAuth extends RequestAuth {
  /** Of the account that writes. Asked for once. */
  ownLogin(signal: AbortSignal): Promise<string>
  /** `Authorization` for git: GitHub takes any user name with a token. */
  gitAuthorization(signal: AbortSignal): Promise<string>
  /** Null where it is no App. */
  readonly app: AppIdentity | null
}

export interface AuthParts {
  readonly apiUrl: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** Told what each new token of an App may do. */
  readonly onPermissions?: (permissions: AppPermissions) => void
}

/** Asks once and remembers the answer; a fault is not remembered. */
function once<T>(ask: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let known: { readonly value: T } | null = null
  return async (signal) => {
    known ??= { value: await ask(signal) }
    return known.value
  }
}

function forGit(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
}

function openTokenAuth(token: () => Promise<string>, { apiUrl, fetch }: AuthParts): GithubAuth {
  const auth: RequestAuth = {
    authorization: async () => `token ${await token()}`,
    renew: () => false,
  }
  const octokit = makeOctokit(apiUrl, fetch, auth)
  return {
    ...auth,
    app: null,
    gitAuthorization: async () => forGit(await token()),
    ownLogin: once(async (signal) => {
      const { data } = await octokit.rest.users.getAuthenticated({ request: { signal } })
      return data.login
    }),
  }
}

interface InstallationToken {
  readonly token: string
  readonly expiresAt: Date
  readonly permissions: AppPermissions
}

/** A token is used until so long before GitHub would refuse it. */
const marginMs = 5 * 60_000

function openAppAuth(
  credentials: Extract<GithubCredentials, { kind: 'app' }>,
  repository: RepositoryName,
  { apiUrl, fetch, clock, onPermissions }: AuthParts,
): GithubAuth {
  const octokit = makeOctokit(apiUrl, fetch, {
    async authorization() {
      const key = readPrivateKey(credentials.privateKey())
      return `Bearer ${appJwt(credentials.appId, key, clock())}`
    },
    renew: () => false,
  })
  const installation = once(async (signal) => {
    if (credentials.installationId !== null) {
      return credentials.installationId
    }
    const { data } = await octokit.rest.apps.getRepoInstallation({
      owner: repository.owner,
      repo: repository.name,
      request: { signal },
    })
    return data.id
  })
  let current: InstallationToken | null = null
  let asked: Promise<InstallationToken> | null = null

  async function ask(signal: AbortSignal): Promise<InstallationToken> {
    const { data } = await octokit.rest.apps.createInstallationAccessToken({
      installation_id: await installation(signal),
      request: { signal },
    })
    return {
      token: data.token,
      expiresAt: new Date(data.expires_at),
      permissions: { ...data.permissions } as AppPermissions,
    }
  }

  async function tokenNow(signal: AbortSignal): Promise<InstallationToken> {
    if (current !== null && clock().getTime() < current.expiresAt.getTime() - marginMs) {
      return current
    }
    // Others may wait for the same token, so the signal of the first does not end it.
    asked ??= ask(new AbortController().signal).finally(() => {
      asked = null
    })
    current = await asked
    onPermissions?.(current.permissions)
    signal.throwIfAborted()
    return current
  }

  return {
    authorization: async (signal) => `token ${(await tokenNow(signal)).token}`,
    renew: () => {
      current = null
      return true
    },
    gitAuthorization: async (signal) => forGit((await tokenNow(signal)).token),
    ownLogin: once(async (signal) => {
      const { data } = await octokit.rest.apps.getAuthenticated({ request: { signal } })
      return `${data?.slug ?? ''}[bot]`
    }),
    app: { octokit, permissions: async (signal) => (await tokenNow(signal)).permissions },
  }
}

/**
 * The account of the bot: an App, whose tokens last an hour and are renewed five minutes before, or the owner of a token.
 * `repository` says which installation of the App is meant.
 */
export function openGithubAuth(
  credentials: GithubCredentials,
  repository: RepositoryName,
  parts: AuthParts,
): GithubAuth {
  return credentials.kind === 'token'
    ? openTokenAuth(credentials.token, parts)
    : openAppAuth(credentials, repository, parts)
}
