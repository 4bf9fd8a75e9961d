import type { HttpClient } from 'isomorphic-git'
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

/** A server compares each ref with each prefix. */
const maxPrefixes = 500
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
  const wanted = requestPrefixes(prefixes, maxPrefixes)
  const http = oneTalk(remote, wanted, signal, (status) => {
    refused ??= status
  })
  try {
    const list = await listServerRefs({ http, url: remote.url.replace(/\/+$/, '') })
    const refs = list.map(({ ref, oid }) => ({ ref, oid }))
    const isSound = refs.every(({ ref, oid }) => isRefName(ref) && /^[0-9a-f]{40}$/.test(oid))
    return isSound ? { outcome: 'listed', refs } : { outcome: 'unanswered' }
  } catch {
    signal.throwIfAborted()
    return refused === null ? { outcome: 'unanswered' } : { outcome: 'status', status: refused }
  }
}

/** At most so many prefixes that cover all of `prefixes`; where they are more, one for each folder of names, or one for all. */
export function requestPrefixes(prefixes: readonly string[], most: number): readonly string[] {
  const needed = uncovered(prefixes)
  if (needed.length <= most) {
    return needed
  }
  const folders = new Map<string, string>()
  for (const prefix of needed) {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    folders.set(folder, shared(folders.get(folder) ?? prefix, prefix))
  }
  const merged = uncovered([...folders.values()])
  return merged.length <= most ? merged : [merged.reduce(shared)]
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

/** The requests of one listing. isomorphic-git names one prefix at most; the protocol takes many in one request. */
function oneTalk(
  remote: Remote,
  prefixes: readonly string[],
  signal: AbortSignal,
  onRefusal: (status: number) => void,
): HttpClient {
  return {
    async request(request) {
      const { url, method = 'GET', headers: sent = {}, body: said } = request
      const text = said === undefined ? null : withPrefixes(await collect(said), prefixes)
      const answer = await exchange(remote, url, { method, headers: sent, body: text }, signal)
      const { status, statusText, headers, body } = answer
      const isRedirect = status >= 300 && status < 400
      // Without a header to lose git may follow a redirect.
      if (status !== 200 && !(isRedirect && remote.authorization === null)) {
        onRefusal(status)
      }
      return {
        url,
        statusCode: status,
        statusMessage: statusText,
        headers: { ...headers },
        body: inOnePiece(body),
      }
    },
  }
}

/** `request` is a command of protocol 2 without arguments; they stand between a delimiter and the flush at its end (gitprotocol-v2(5)). */
function withPrefixes(
  request: Buffer<ArrayBuffer>,
  prefixes: readonly string[],
): Buffer<ArrayBuffer> {
  const packets = prefixes.map((prefix) => {
    const line = `ref-prefix ${prefix}\n`
    return `${(Buffer.byteLength(line) + 4).toString(16).padStart(4, '0')}${line}`
  })
  return Buffer.concat([
    request.subarray(0, -4),
    Buffer.from(`0001${packets.join('')}`),
    request.subarray(-4),
  ])
}

interface Asking {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer<ArrayBuffer> | null
}

async function exchange(
  remote: Remote,
  url: string,
  { method, headers, body }: Asking,
  signal: AbortSignal,
): Promise<Answer> {
  const own = remote.authorization === null ? {} : { authorization: remote.authorization }
  const response = await fetch(url, {
    method,
    // Some servers speak the protocol only with what calls itself git.
    headers: { 'user-agent': 'git/patchferry', ...headers, ...own },
    body,
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
