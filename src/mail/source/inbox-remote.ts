import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import { listFolder } from '../collection/folder-entries.ts'
import { fetchingGitText } from '../collection/git-process.ts'
import { findRepositories } from '../collection/public-inbox.ts'
import { manifestReader, type ReadManifest } from './inbox-manifest.ts'
import { type SourcePlace, sourceFault } from './source-fault.ts'

/** A repository to follow: an epoch of layout v2, or the only one there is, as number 0. */
export interface RemoteEpoch {
  readonly number: number
  readonly url: string
  /** Changes when the repository does; null where nobody says so, and it has to be asked. */
  readonly fingerprint: string | null
}

/** Where the mails are. */
export interface InboxRemote {
  /**
   * The epochs from number `from` on, oldest first, and earlier ones where they have a fingerprint; those from `from`
   * up to `assured` are known to be there.
   * Throws MAIL_SOURCE_MISSING, MAIL_SOURCE_UNREADABLE.
   */
  epochs(from: number, assured: number, signal: AbortSignal): Promise<readonly RemoteEpoch[]>
  /** Null where nothing says of itself that it has changed. */
  readonly watched: ((newest: RemoteEpoch) => readonly string[]) | null
}

/** What a repository shows of its branches; `heads` is text to compare. */
export type Sight =
  | { readonly outcome: 'there'; readonly heads: string; readonly branch: string | null }
  | { readonly outcome: 'missing'; readonly said: string }

/** As git and the servers of git say that there is no repository at an address. */
const sayings = [
  /fatal: repository '.*' not found$/m,
  /does not appear to be a git repository/,
  /(?:fatal: remote error|ERROR): .*(?:not exported|not found)/m,
]

/** git asks another git for local repositories too, which wants to be told that their owner does not matter. */
const uploadPack = "git -c 'safe.directory=*' upload-pack"

export function isLocal(url: string): boolean {
  return path.isAbsolute(url)
}

/** What every call to a remote needs before its URL. */
export function remoteArguments(url: string): readonly string[] {
  return isLocal(url) ? [`--upload-pack=${uploadPack}`, '--', url] : ['--', url]
}

/** Settings of every call to a remote: a server that says nothing for a minute is given up. */
export const remoteSettings: readonly string[] = [
  '-c',
  'http.lowSpeedLimit=1000',
  '-c',
  'http.lowSpeedTime=60',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'credential.helper=',
]

/** Asks a repository for its branches. `gitDir` need not exist. Throws MAIL_SOURCE_UNREADABLE. */
export async function lookAt(
  place: SourcePlace,
  gitDir: string,
  url: string,
  signal: AbortSignal,
): Promise<Sight> {
  try {
    const args = [...remoteSettings, 'ls-remote', '--quiet', '--symref', ...remoteArguments(url)]
    return sightOf(await fetchingGitText(gitDir, [...args, 'HEAD', 'refs/heads/*'], signal))
  } catch (error) {
    signal.throwIfAborted()
    const said = error instanceof Error ? error.message : String(error)
    if (sayings.some((saying) => saying.test(said))) {
      return { outcome: 'missing', said }
    }
    throw sourceFault('MAIL_SOURCE_UNREADABLE', `${url} cannot be read`, place, error)
  }
}

/** The branch that HEAD names, else `master`, else the first. */
function sightOf(listed: string): Sight {
  const lines = listed.split('\n')
  const heads = lines.filter((line) => line.includes('\trefs/heads/'))
  const named = /^ref: (?<name>refs\/heads\/.*)\tHEAD$/m.exec(listed)?.groups?.['name']
  const names = heads.map((line) => line.slice(line.indexOf('\t') + 1))
  const branch = [named, 'refs/heads/master'].find((name) => name && names.includes(name))
  return { outcome: 'there', heads: heads.join('\n'), branch: branch ?? names[0] ?? null }
}

/** A repository or a folder of epochs on this machine, looked for anew at every call. */
export function localInbox(place: SourcePlace): InboxRemote {
  const folder = place.path
  return {
    async epochs(from, _assured, signal) {
      const found = await findRepositories(folder, await listFolder(folder, signal), signal)
      if (found === null) {
        throw sourceFault('MAIL_SOURCE_MISSING', `${folder} holds no git repository`, place, null)
      }
      if (found.kind !== 'epochs') {
        return [{ number: 0, url: found.gitDir, fingerprint: null }]
      }
      const epochs = found.gitDirs.map((url) => ({
        number: Number.parseInt(path.basename(url), 10),
        url,
        fingerprint: null,
      }))
      return epochs.filter(({ number }) => number >= from)
    },
    watched: ({ url }) => [path.join(url, 'refs', 'heads'), path.dirname(url)],
  }
}

/** A manifest may be older than the repositories, so that what it does not name is looked for now and then. */
const doubtMs = 10 * 60_000

/**
 * A URL that git can fetch: epochs below it as public-inbox serves them, by the manifest of the server where it has
 * one and else by number, or else the repository itself.
 */
export function distantInbox(place: SourcePlace, gitDir: string): InboxRemote {
  const base = place.path.replace(/\/+$/, '')
  /** Null until it is known. */
  let hasEpochs: boolean | null = null
  const readManifest: ReadManifest = /^https?:/i.test(base)
    ? manifestReader(base)
    : async () => null
  let lookedBeyondAtMs = Number.NEGATIVE_INFINITY

  function epochAt(number: number, fingerprint: string | null = null): RemoteEpoch {
    return { number, url: `${base}/git/${number}.git`, fingerprint }
  }

  async function isThere(url: string, signal: AbortSignal): Promise<boolean> {
    return (await lookAt(place, gitDir, url, signal)).outcome === 'there'
  }

  async function findLayout(signal: AbortSignal): Promise<boolean> {
    if (await isThere(epochAt(0).url, signal)) {
      return true
    }
    const sight = await lookAt(place, gitDir, place.path, signal)
    if (sight.outcome === 'there') {
      return false
    }
    const message = `${place.path} is no git repository and has no git/0.git`
    throw sourceFault('MAIL_SOURCE_MISSING', message, place, new Error(sight.said))
  }

  /** A server that refuses what it does not have must not keep us from what it has. */
  async function isThereForSure(url: string, signal: AbortSignal): Promise<boolean> {
    try {
      return await isThere(url, signal)
    } catch (error) {
      if (error instanceof BotError) {
        return false
      }
      throw error
    }
  }

  return {
    async epochs(from, assured, signal) {
      const manifest = await readManifest(signal)
      const named = [...(manifest?.fingerprints ?? [])]
      hasEpochs ??= assured > 0 || (manifest ? named.length > 0 : await findLayout(signal))
      if (!hasEpochs) {
        return [{ number: 0, url: place.path, fingerprint: null }]
      }
      const newestNamed = named.at(-1)?.[0] ?? null
      let newest = Math.max(assured, newestNamed ?? 0)
      if (newestNamed === null || performance.now() - lookedBeyondAtMs > doubtMs) {
        while (await isThereForSure(epochAt(newest + 1).url, signal)) {
          newest += 1
        }
        lookedBeyondAtMs = performance.now()
      }
      const first = newestNamed === null ? from : Math.max(from, newestNamed + 1)
      return [
        ...named.map(([number, fingerprint]) => epochAt(number, fingerprint)),
        ...Array.from({ length: Math.max(0, newest - first + 1) }, (_, index) =>
          epochAt(first + index),
        ),
      ]
    },
    watched: null,
  }
}
