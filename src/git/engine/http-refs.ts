import type { GitHttpRequest, HttpClient } from 'isomorphic-git'
import type { Remote } from '../git-engine.ts'

/** One line of the list: `oid` may be anything, the server wrote it. */
export interface ListedRef {
  readonly ref: string
  readonly oid: string
}

export type HttpListing =
  | { readonly outcome: 'listed'; readonly refs: readonly ListedRef[] }
  /** The server answered, and not with a list. */
  | { readonly outcome: 'status'; readonly status: number }
  /** Nobody answered, or not as a git server that we understand: the git program may know more. */
  | { readonly outcome: 'unanswered' }

/** Each prefix is a request, and more of them cost more than a longer list. */
const maxRequests = 8
const maxAnswerBytes = 256 * 1024 * 1024

/** Variables that git heeds (see git-environment.ts) and `fetch` does not. */
const proxies = ['all_proxy', 'ALL_PROXY']
const gitOnly = {
  http: [...proxies, 'http_proxy'],
  https: [...proxies, 'https_proxy', 'HTTPS_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
}

/** Whether the refs of this remote can be asked for without the git program: no proxy, no certificates of its own. */
export function isAskedOverHttp(remote: Remote): boolean {
  const scheme = /^(?<scheme>https?):\/\//i.exec(remote.url)?.groups?.['scheme']?.toLowerCase()
  return (
    (scheme === 'http' || scheme === 'https') && gitOnly[scheme].every((name) => !process.env[name])
  )
}

/**
 * Asks for the refs whose names begin with one of `prefixes`, and maybe some others. With protocol 2 the server sends no
 * more than those (gitprotocol-v2(5), ls-refs), while `git ls-remote` with patterns has it send all of them.
 */
export async function listOverHttp(
  remote: Remote,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<HttpListing> {
  // Loaded when first needed: it is large, and `patchferry import -` must start quickly.
  const { listServerRefs } = await import('isomorphic-git')
  let refused: number | null = null
  const http = oneTalk(remote, signal, (status) => {
    refused ??= status
  })
  try {
    const lists = await Promise.all(
      requestPrefixes(prefixes).map(async (prefix) =>
        listServerRefs({ http, url: remote.url.replace(/\/+$/, ''), prefix }),
      ),
    )
    const refs = lists.flat().map(({ ref, oid }) => ({ ref, oid }))
    const isSound = refs.every(({ ref, oid }) => isRefName(ref) && /^[0-9a-f]{40}$/.test(oid))
    return isSound ? { outcome: 'listed', refs } : { outcome: 'unanswered' }
  } catch {
    signal.throwIfAborted()
    return refused === null ? { outcome: 'unanswered' } : { outcome: 'status', status: refused }
  }
}

/** Prefixes that cover all of `prefixes`; where they are many, one for each folder of names. */
export function requestPrefixes(prefixes: readonly string[]): readonly string[] {
  const needed = uncovered(prefixes)
  if (needed.length <= maxRequests) {
    return needed
  }
  const folders = new Map<string, string>()
  for (const prefix of needed) {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    folders.set(folder, shared(folders.get(folder) ?? prefix, prefix))
  }
  const merged = uncovered([...folders.values()])
  return merged.length <= maxRequests ? merged : [merged.reduce(shared)]
}

function uncovered(prefixes: readonly string[]): readonly string[] {
  return [...new Set(prefixes)].filter(
    (prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)),
  )
}

function shared(one: string, other: string): string {
  let length = 0
  while (length < one.length && one[length] === other[length]) {
    length += 1
  }
  return one.slice(0, length)
}

function isRefName(name: string): boolean {
  return name === 'HEAD' || name.startsWith('refs/')
}

interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** The requests of one listing. The server is asked once what it can do, however many prefixes there are. */
function oneTalk(
  remote: Remote,
  signal: AbortSignal,
  onRefusal: (status: number) => void,
): HttpClient {
  const greetings = new Map<string, Promise<Answer>>()

  async function ask(request: GitHttpRequest): Promise<Answer> {
    const answer = await exchange(remote, request, signal)
    const isRedirect = answer.status >= 300 && answer.status < 400
    // Without a header to lose git may follow a redirect.
    if (answer.status !== 200 && !(isRedirect && remote.authorization === null)) {
      onRefusal(answer.status)
    }
    return answer
  }

  return {
    async request(request) {
      const isGreeting = request.method === 'GET'
      const asked = (isGreeting ? greetings.get(request.url) : undefined) ?? ask(request)
      if (isGreeting) {
        greetings.set(request.url, asked)
      }
      const { status, statusText, headers, body } = await asked
      return {
        url: request.url,
        statusCode: status,
        statusMessage: statusText,
        headers: { ...headers },
        body: inOnePiece(body),
      }
    },
  }
}

async function exchange(
  remote: Remote,
  { url, method = 'GET', headers = {}, body }: GitHttpRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const own = remote.authorization === null ? {} : { authorization: remote.authorization }
  const response = await fetch(url, {
    method,
    // Some servers speak the protocol only with what calls itself git.
    headers: { 'user-agent': 'git/patchferry', ...headers, ...own },
    body: body === undefined ? null : await collect(body),
    redirect: 'manual',
    signal,
  })
  const bytes = await collect(response.body ?? [])
  // gitprotocol-common(5): each of these answers ends with a flush packet.
  if (response.status === 200 && bytes.subarray(-4).toString('latin1') !== '0000') {
    throw new Error('the answer is cut off')
  }
  return {
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: bytes,
  }
}

async function collect(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Buffer<ArrayBuffer>> {
  const kept: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces) {
    kept.push(piece)
    size += piece.length
    if (size > maxAnswerBytes) {
      throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`)
    }
  }
  return Buffer.concat(kept)
}

async function* inOnePiece(body: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield body
}
