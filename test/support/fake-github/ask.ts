import type { FakeGithub } from './open-fake-github.ts'

/** What a test asks the fake by itself, without a driver. */
export interface Asked {
  readonly status: number
  /** Parsed JSON, or text; null where there was none. */
  readonly body: Body
  readonly headers: Headers
}

/** Of any shape: it is looked at by `toMatchObject`. */
export type Body = unknown

/** Below the API; `token` null: as nobody. Redirects are not followed. */
export async function ask(
  fake: Pick<FakeGithub, 'apiUrl' | 'token'>,
  method: string,
  path: string,
  body?: unknown,
  token: string | null = fake.token,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const response = await fetch(`${fake.apiUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text === '' ? null : text,
  }
}
