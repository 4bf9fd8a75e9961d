import { type ApiAnswer, type ApiCall, ApiRefusal } from '../fake-forge/api-server.ts'
import type { Caller } from './callers.ts'
import type { Pull, Repository } from './records.ts'
import type { World } from './world.ts'

/** A call below `/repos/{owner}/{repo}`, by somebody who may make it. */
export interface RepositoryCall extends ApiCall {
  readonly world: World
  readonly caller: Caller
  readonly repository: Repository
  /** Of the body; empty where there is none. Types are those of the description: it has been checked. */
  readonly given: Readonly<Record<string, unknown>>
}

export type RepositoryHandler = (call: RepositoryCall) => ApiAnswer | Promise<ApiAnswer>

/** Method, path below `/repos/{owner}/{repo}`, handler. */
export type RepositoryRoute = readonly [string, string, RepositoryHandler]

export function ok(body: unknown, status = 200): ApiAnswer {
  return { status, body }
}

/** The page that was asked for, with the `Link` header that leads on (docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api). */
export function paged<T>(
  { world, query, path }: Pick<RepositoryCall, 'world' | 'query' | 'path'>,
  all: readonly T[],
): { readonly items: readonly T[]; readonly headers: Record<string, string> } {
  const size = Math.min(Math.max(Number(query.get('per_page') ?? 30), 1), 100)
  const page = Math.max(Number(query.get('page') ?? 1), 1)
  const last = Math.max(Math.ceil(all.length / size), 1)
  function link(to: number, rel: string): string {
    const next = new URLSearchParams(query)
    next.set('page', String(to))
    return `<${world.url}/api/v3${path}?${next.toString()}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ]
  return {
    items: all.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  }
}

export function textOf(call: RepositoryCall, name: string): string | null {
  const value = call.given[name]
  return typeof value === 'string' ? value : null
}

export function numberOf(call: RepositoryCall, name: string): number {
  return Number(call.params[name])
}

/** The pull request that the path names; throws the 404 that GitHub gives. */
export function pullOf(call: RepositoryCall, name: 'pull_number' | 'issue_number'): Pull {
  return found(call.repository.pulls.get(numberOf(call, name)))
}

export function found<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new ApiRefusal(404, 'Not Found')
  }
  return value
}

/** The 422 of GitHub for one wrong field (docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api). */
export function invalid(
  resource: string,
  field: string,
  code: string,
  message?: string,
): ApiRefusal {
  const error = { resource, field, code, ...(message === undefined ? {} : { message }) }
  return new ApiRefusal(422, 'Validation Failed', { errors: [error] })
}

const maxBodyLength = 65_536

/** "body is too long (maximum is 65536 characters)": seen in many issue threads of bots, e.g. renovatebot/renovate#2801. */
export function checkLength(resource: string, body: string): void {
  if (body.length > maxBodyLength) {
    const message = `body is too long (maximum is ${maxBodyLength} characters)`
    throw invalid(resource, 'body', 'custom', message)
  }
}
