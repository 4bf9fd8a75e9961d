import { BotError } from '../../core/bot-error.ts'
import { type RefName, type Sha, toSha } from '../../core/ids.ts'
import type { GitSetting } from '../cli/git-environment.ts'
import { readFailure } from '../cli/read-failure.ts'
import { type GitOutput, gitFault, runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import type { Remote } from '../git-engine.ts'
import { isAskedOverHttp, type ListedRef, listOverHttp } from './http-refs.ts'
import { isLocalRemote } from './local-remote.ts'
import type { Repository } from './repository.ts'

const remoteTimeoutMs = 60 * 60 * 1000
const listTimeoutMs = 5 * 60 * 1000
/** Each is matched with every ref that begins like any of them. */
const maxPatterns = 500

/**
 * Runs git against a remote and gives its output, whatever the exit status. A call that had to be stopped for its
 * time counts as GIT_REMOTE_UNREACHABLE.
 */
export async function callRemote(
  remote: Remote,
  args: readonly string[],
  location: GitLocation,
  signal: AbortSignal | undefined,
): Promise<GitOutput> {
  const settings = [...(location.settings ?? []), ...remoteSettings(remote)]
  const timeoutMs = args[0] === 'ls-remote' ? listTimeoutMs : remoteTimeoutMs
  try {
    return await runGit(args, { ...location, settings, timeoutMs }, signal)
  } catch (error) {
    if (error instanceof BotError && error.code === 'GIT_TIMED_OUT') {
      throw unreachable(remote, error.message)
    }
    throw error
  }
}

/** The fault behind a failed call that only reads from the remote. */
export function remoteFault(remote: Remote, args: readonly string[], output: GitOutput): BotError {
  const details = { url: withoutPassword(remote.url), stderr: output.stderr.slice(-4000) }
  const said = output.stderr.trim().split('\n').at(-1) ?? ''
  switch (readFailure(output.stderr).kind) {
    case 'unreachable':
      return unreachable(remote, output.stderr)
    case 'denied':
      return ofAnother.test(output.stderr)
        ? ofAnotherUser(details.url, details.stderr)
        : denied(remote, said)
    case 'ref-missing':
      return new BotError('GIT_REMOTE_REF_MISSING', `${details.url}: ${said}`, {
        retry: 'after-human',
        details,
      })
    case 'stale':
    case 'refused':
    case 'unknown':
      return gitFault(args, output)
  }
}

/** What git on this machine says of a repository that is not its user's (git-config(1), safe.directory). */
const ofAnother = /dubious ownership/

function ofAnotherUser(url: string, stderr: string): BotError {
  return new BotError(
    'GIT_REMOTE_DENIED',
    `${url} belongs to another user, and git refuses it (dubious ownership)`,
    {
      retry: 'after-human',
      remedy: `Run as the owner of ${url}, or give it to the user of the service: \`chown -R USER ${url}\`. A \`safe.directory\` of that user is not heeded.`,
      details: { url, stderr },
    },
  )
}

function denied(remote: Remote, said: string): BotError {
  const url = withoutPassword(remote.url)
  return new BotError('GIT_REMOTE_DENIED', `${url} will not let us in: ${said}`, {
    retry: 'after-human',
    details: { url, stderr: said },
  })
}

export function unreachable(remote: Remote, said: string): BotError {
  const url = withoutPassword(remote.url)
  return new BotError('GIT_REMOTE_UNREACHABLE', `${url} did not answer as a git repository`, {
    retry: 'later',
    details: { url, stderr: said.slice(-4000) },
  })
}

/**
 * Refs of the remote whose names begin with one of `prefixes`, tag objects unpeeled. Over HTTP no process is started, unless
 * the server is one that only git understands.
 */
export async function listRemoteRefs(
  repository: Repository,
  remote: Remote,
  prefixes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<RefName, Sha>> {
  const listed = isAskedOverHttp(remote) ? await askOverHttp(remote, prefixes, signal) : null
  const all =
    listed ??
    (await listHere(remote, prefixes, signal)) ??
    (await listByGit(repository, remote, prefixes, signal))
  const wanted = all.filter(({ ref }) => prefixes.some((prefix) => ref.startsWith(prefix)))
  return new Map(wanted.map(({ ref, oid }) => [ref as RefName, toSha(oid)]))
}

/** Null where git should be asked. Throws GIT_REMOTE_DENIED and GIT_REMOTE_UNREACHABLE. */
async function askOverHttp(
  remote: Remote,
  prefixes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ListedRef[] | null> {
  const late = AbortSignal.timeout(listTimeoutMs)
  const either = signal === undefined ? late : AbortSignal.any([signal, late])
  const listing = await listOverHttp(remote, prefixes, either).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw late.aborted ? unreachable(remote, `no answer within ${listTimeoutMs} ms`) : error
  })
  switch (listing.outcome) {
    case 'listed':
      return listing.refs
    case 'status':
      throw statusFault(remote, listing.status)
    case 'unanswered':
      return null
  }
}

function statusFault(remote: Remote, status: number): BotError {
  return status === 401 || status === 403
    ? denied(remote, `HTTP status ${status}`)
    : unreachable(remote, `HTTP status ${status}`)
}

/**
 * The refs of a bare repository on this machine; null where the remote is none, or it cannot be read so. `git ls-remote` has
 * all refs sent, whatever it is asked for, and a mirror gets thousands of them every month.
 */
async function listHere(
  remote: Remote,
  prefixes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ListedRef[] | null> {
  if (!isLocalRemote(remote) || prefixes.length > maxPatterns) {
    return null
  }
  // A `*` stops at the next slash.
  const patterns = prefixes.flatMap((prefix) =>
    prefix.endsWith('/') ? [`${prefix}**`] : [`${prefix}*`, `${prefix}*/**`],
  )
  const args = ['for-each-ref', '--format=%(objectname)%09%(refname)', ...patterns]
  const output = await runGit(args, { gitDir: remote.url }, signal)
  return output.exitCode === 0 ? refLines(output) : null
}

async function listByGit(
  repository: Repository,
  remote: Remote,
  prefixes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ListedRef[]> {
  const patterns = prefixes.map((prefix) => `${prefix}*`)
  const args = ['ls-remote', '--refs', '--quiet', '--', remote.url, ...patterns]
  const output = await callRemote(remote, args, repository.view, signal)
  if (output.exitCode !== 0) {
    throw remoteFault(remote, args, output)
  }
  return refLines(output)
}

function refLines(output: GitOutput): readonly ListedRef[] {
  const lines = Buffer.from(output.stdout).toString('utf8').split('\n')
  return lines.flatMap((line) => {
    const [oid = '', ref = ''] = line.split('\t')
    return ref === '' ? [] : [{ ref, oid }]
  })
}

/**
 * Fetches pairs by force, all or none. Branches and commits of the upstream go where the other projects find them, too; the
 * same pairs asked for at once are fetched once.
 */
export async function fetchRefs(
  repository: Repository,
  remote: Remote,
  refs: readonly { readonly from: string; readonly to: RefName | null }[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (refs.length === 0) {
    return
  }
  const { upstream } = repository
  const names = refs.map(({ from }) => from)
  if (upstream?.takes(remote, names) === true) {
    const tips = await upstream.fetch(remote, names, signal)
    const moves = refs.flatMap(({ from, to }) => {
      const target = tips.get(from)
      return to === null || target === undefined ? [] : [{ ref: to, target }]
    })
    if (moves.length > 0) {
      await repository.refs.update(moves)
    }
    return
  }
  const specs = refs.map(({ from, to }) => (to === null ? from : `+${from}:${to}`))
  const key = JSON.stringify([remote.url, remote.authorization, specs])
  await repository.fetches.run(
    key,
    async (stop) => fetchInto(repository.durable, remote, specs, stop),
    signal,
  )
  repository.upkeep.landed(null)
}

/** Fetches refspecs into the repository at `location`, all or none. */
export async function fetchInto(
  location: GitLocation,
  remote: Remote,
  specs: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  const options = ['--atomic', '--no-show-forced-updates', '--no-recurse-submodules']
  const args = ['fetch', ...quiet, ...options, '--', remote.url, ...specs]
  const output = await callRemote(remote, args, location, signal)
  if (output.exitCode !== 0) {
    throw remoteFault(remote, args, output)
  }
}

function remoteSettings(remote: Remote): readonly GitSetting[] {
  const settings: GitSetting[] = [
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
  ]
  const origin = /^https?:\/\/[^/]+/i.exec(remote.url)?.[0]
  if (remote.authorization !== null && origin !== undefined) {
    settings.push(
      [`http.${origin}/.extraHeader`, `Authorization: ${remote.authorization}`],
      // git would send the header along to wherever the first answer points.
      ['http.followRedirects', 'false'],
    )
  }
  return settings
}

/** As it may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^/@:]*):[^/@]*@/, '$1:***@')
}
