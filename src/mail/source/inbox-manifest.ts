import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** What a server says of the repositories of an inbox. */
export interface InboxManifest {
  /** By number; the text changes whenever a branch of the epoch does. None for a repository without epochs. */
  readonly fingerprints: ReadonlyMap<number, string>
}

/** Null where there is none, or none that can be understood. */
export type ReadManifest = (signal: AbortSignal) => Promise<InboxManifest | null>

const timeoutMs = 30_000
const maxBytes = 16 * 1024 ** 2
const maxUnpackedBytes = 64 * 1024 ** 2
const epochLimit = 10_000

/**
 * Reads `manifest.js.gz` of an inbox at an http URL, as public-inbox and grokmirror write it: a JSON object in gzip,
 * by path of the repository on its server. It is asked for again only if it has changed. Never throws but on abort.
 */
export function manifestReader(inboxUrl: string): ReadManifest {
  const url = `${inboxUrl}/manifest.js.gz`
  let known: {
    readonly manifest: InboxManifest | null
    readonly headers: Readonly<Record<string, string>>
  } | null = null
  return async (signal) => {
    try {
      const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const answer = await fetch(url, { headers: known?.headers ?? {}, signal: either })
      if (answer.status === 304 && known !== null) {
        return known.manifest
      }
      if (!answer.ok) {
        await answer.body?.cancel()
        return null
      }
      const manifest = parseManifest(await unpacked(answer), new URL(inboxUrl).pathname)
      known = { manifest, headers: conditionOf(answer) }
      return manifest
    } catch {
      signal.throwIfAborted()
      return null
    }
  }
}

function conditionOf({ headers }: Response): Readonly<Record<string, string>> {
  const etag = headers.get('etag')
  const modified = headers.get('last-modified')
  return {
    ...(etag === null ? {} : { 'If-None-Match': etag }),
    ...(modified === null ? {} : { 'If-Modified-Since': modified }),
  }
}

/** Some servers say that gzip is how it travels, so that it comes unpacked. */
async function unpacked(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new RangeError('it is too large')
    }
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  const options = { maxOutputLength: maxUnpackedBytes }
  return (isPacked ? await promisify(gunzip)(bytes, options) : bytes).toString()
}

/**
 * The epochs of the inbox whose URL has the path `inboxPath`. The paths in a manifest need not begin where the
 * server's do, so that leading folders of `inboxPath` are left out until something fits, as public-inbox-clone(1)
 * does. Null where nothing fits.
 */
export function parseManifest(text: string, inboxPath: string): InboxManifest | null {
  const value: unknown = JSON.parse(text)
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {})
  for (let at: string | null = inboxPath.replace(/\/+$/, ''); at !== null; at = shortened(at)) {
    const prefix = `${at}/git/`
    const fingerprints = entries.flatMap(([key, entry]) => {
      const number = key.startsWith(prefix)
        ? /^(?<number>0|[1-9]\d*)\.git$/.exec(key.slice(prefix.length))?.groups?.['number']
        : undefined
      return number !== undefined && Number(number) < epochLimit
        ? [[Number(number), fingerprintOf(entry)] as const]
        : []
    })
    const inbox = at
    if (fingerprints.length > 0 || entries.some(([key]) => key === inbox)) {
      return { fingerprints: new Map(fingerprints.toSorted(([a], [b]) => a - b)) }
    }
  }
  return null
}

function shortened(path: string): string | null {
  const [, , ...rest] = path.split('/')
  return rest.length === 0 ? null : `/${rest.join('/')}`
}

function fingerprintOf(entry: unknown): string {
  return JSON.stringify(entry) ?? ''
}
