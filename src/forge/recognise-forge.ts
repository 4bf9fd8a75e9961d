import { BotError } from '../core/bot-error.ts'

/** What an address turned out to be; null for a server that is none of these. */
export type RecognisedForge = 'github' | 'forgejo' | 'gitea' | null

interface Probe {
  readonly path: string
  readonly read: (answer: Readonly<Record<string, unknown>>) => RecognisedForge
}

/** GitHub Enterprise Server has `/api/v3`, and `/meta` in it for everybody; only Forgejo has an API under its own name. */
const probes: readonly Probe[] = [
  {
    path: '/api/v3/meta',
    read: (answer) => ('verifiable_password_authentication' in answer ? 'github' : null),
  },
  {
    path: '/api/forgejo/v1/version',
    read: ({ version }) => (typeof version === 'string' ? 'forgejo' : null),
  },
  {
    path: '/api/v1/version',
    read({ version }) {
      if (typeof version !== 'string') {
        return null
      }
      return version.includes('+gitea-') ? 'forgejo' : 'gitea'
    },
  },
]

const timeoutMs = 30_000

async function askOne(
  url: URL,
  token: string | null,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const response = await fetch(url, {
      headers: {
        Accept: 'application/json',
        ...(token === null ? {} : { Authorization: `token ${token}` }),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const text = await response.text()
    const answer: unknown = response.ok ? readJson(text) : null
    return typeof answer === 'object' && answer !== null ? { ...answer } : {}
  } catch (error) {
    signal.throwIfAborted()
    throw new BotError('FORGE_UNREACHABLE', `${url.origin} did not answer`, {
      retry: 'later',
      cause: error,
    })
  }
}

/** A page for people is no answer of an API. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * What the server at `url` is, by its name or by what its API says of itself: first to nobody, then to the owner of `token`, for
 * servers that are closed to strangers. Throws FORGE_UNREACHABLE.
 */
export async function recogniseForge(
  url: string,
  token: string,
  signal: AbortSignal,
): Promise<RecognisedForge> {
  if (new URL(url).hostname === 'github.com') {
    return 'github'
  }
  for (const shown of [null, token]) {
    for (const { path, read } of probes) {
      const kind = read(await askOne(new URL(`${url}${path}`), shown, signal))
      if (kind !== null) {
        return kind
      }
    }
  }
  return null
}
