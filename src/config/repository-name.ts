/** A repository on a forge. */
export interface RepositoryName {
  readonly owner: string
  readonly name: string
}

/** Scheme, host and port of the address of a forge, or of a repository on one. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url
}

/** `owner/name` of an http or https URL as people clone it, `.git` or not; null where it is no such URL. */
export function repositoryOn(url: string): RepositoryName | null {
  const found =
    /^https?:\/\/[^/]+\/(?:[^/]+\/)*?(?<owner>[\w.-]+)\/(?<name>[\w.-]+?)(?:\.git)?\/?$/i.exec(url)
  const { owner, name } = found?.groups ?? {}
  return owner === undefined || name === undefined ? null : { owner, name }
}
