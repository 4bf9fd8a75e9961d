import type { Logger } from '../../log/logger.ts'
import type { GiteaClient } from './client.ts'
import type { GiteaDialect } from './dialect.ts'

export interface RepositoryName {
  readonly owner: string
  readonly name: string
}

/** What every part of the driver works with. */
export interface RepositoryAccess {
  readonly client: GiteaClient
  readonly dialect: GiteaDialect
  /** Of the web interface, with a slash at its end. */
  readonly url: string
  readonly repository: RepositoryName
  /** Where branches are that pull requests come from. */
  readonly heads: RepositoryName
  /** `/repos/<owner>/<name>`. */
  readonly path: string
  readonly log: Logger
  /** The account of the token, asked for once. */
  login(signal: AbortSignal): Promise<string>
}

export function fullName({ owner, name }: RepositoryName): string {
  return `${owner}/${name}`
}

export function isSameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
