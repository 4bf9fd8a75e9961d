import { BotError } from '../../core/bot-error.ts'
import type { RefName, Sha } from '../../core/ids.ts'
import { readFailure, refusedRefs } from '../cli/read-failure.ts'
import type { GitOutput } from '../cli/run-git.ts'
import type { PushResult, RefUpdate, Remote } from '../git-engine.ts'
import { isLocalRemote, quietReceiver } from './local-remote.ts'
import { callRemote, listRemoteRefs, remoteFault, unreachable, withoutPassword } from './remote.ts'
import type { Repository } from './repository.ts'

/** Every ref is two arguments of up to 600 bytes, and a process takes 2 MiB of them. */
const maxRefsTogether = 500

type Attempt =
  | { readonly outcome: 'pushed' }
  | { readonly outcome: 'refused'; readonly output: GitOutput; readonly args: readonly string[] }

type Settled = PromiseSettledResult<PushResult>

/** The refs that move together, and whose turn in the answer it is. */
interface Group {
  readonly index: number
  readonly updates: readonly RefUpdate[]
}

interface Talk {
  readonly repository: Repository
  readonly remote: Remote
  readonly signal: AbortSignal | undefined
  readonly results: Map<number, Settled>
}

/** Pushes as `GitEngine.push` says. */
export async function pushRefs(
  repository: Repository,
  remote: Remote,
  updates: readonly RefUpdate[],
  signal: AbortSignal | undefined,
): Promise<PushResult> {
  const [settled] = await pushGroups(repository, remote, [updates], signal)
  if (settled?.status === 'fulfilled') {
    return settled.value
  }
  throw settled?.reason
}

/**
 * Pushes as `GitEngine.pushEach` says. All groups go in one atomic push. When git reports a failure the remote is asked where
 * the refs are now: that, and not the wording of the failure, tells a stale lease from a refusal and a push that was done
 * before. Groups that are stale, or that git names as refused, are taken out, and the others pushed again; where nobody says
 * whose fault it is, as with a hook that sees all refs at once, halves are tried. So what is said of a group is always the
 * answer to a push of it alone.
 */
export async function pushGroups(
  repository: Repository,
  remote: Remote,
  groups: readonly (readonly RefUpdate[])[],
  signal: AbortSignal | undefined,
): Promise<readonly Settled[]> {
  const results = new Map<number, Settled>()
  const talk: Talk = { repository, remote, signal, results }
  const whole = groups.map((updates, index) => ({ index, updates }))
  for (const together of compatible(whole)) {
    await settle(together, talk).catch((error: unknown) => {
      for (const { index } of together.filter((one) => !results.has(one.index))) {
        results.set(index, { status: 'rejected', reason: error })
      }
    })
  }
  return whole.flatMap(({ index }) => results.get(index) ?? [])
}

/** Lots that one push can take: not too many refs, and none twice. */
function compatible(groups: readonly Group[]): readonly (readonly Group[])[] {
  const lots: { readonly groups: Group[]; readonly names: Set<RefName> }[] = []
  for (const group of groups) {
    const names = group.updates.map(({ ref }) => ref)
    const last = lots.at(-1)
    const fits =
      last !== undefined &&
      last.names.size + names.length <= maxRefsTogether &&
      !names.some((name) => last.names.has(name))
    const lot = fits ? last : { groups: [], names: new Set<RefName>() }
    if (!fits) {
      lots.push(lot)
    }
    lot.groups.push(group)
    for (const name of names) {
      lot.names.add(name)
    }
  }
  return lots.map((lot) => lot.groups)
}

/** Throws what holds for all groups that have no result by then. */
async function settle(groups: readonly Group[], talk: Talk): Promise<void> {
  const { repository, remote, signal } = talk
  if (groups.length === 0) {
    return
  }
  const attempt = await pushOnce(groups, talk)
  if (attempt.outcome === 'pushed') {
    tell(groups, { outcome: 'pushed' }, talk)
    return
  }
  const text = outputText(attempt.output)
  const failure = readFailure(text)
  if (failure.kind === 'unreachable') {
    throw unreachable(remote, text)
  }
  if (failure.kind === 'denied') {
    tell(groups, { outcome: 'refused', reason: 'permission', output: forPeople(text) }, talk)
    return
  }
  const names = groups.flatMap(({ updates }) => updates.map(({ ref }) => ref))
  const refs = await listRemoteRefs(repository, remote, names, signal)
  const rest = stillToDo(groups, refs, talk)
  if (countRefs(rest) < names.length) {
    await settle(rest, talk)
    return
  }
  if (rest.length > 1) {
    await settleApart(rest, refusedRefs(text), talk)
    return
  }
  if (failure.kind === 'refused') {
    tell(rest, { outcome: 'refused', reason: failure.reason, output: forPeople(text) }, talk)
    return
  }
  throw failure.kind === 'stale'
    ? busy(remote, text)
    : remoteFault(remote, attempt.args, attempt.output)
}

function tell(groups: readonly Group[], value: PushResult, { results }: Talk): void {
  for (const { index } of groups) {
    results.set(index, { status: 'fulfilled', value })
  }
}

function countRefs(groups: readonly Group[]): number {
  return groups.reduce((sum, { updates }) => sum + updates.length, 0)
}

/** What must be pushed again of a push that failed; says of the other groups that they are done, or stale. */
function stillToDo(
  groups: readonly Group[],
  refs: ReadonlyMap<RefName, Sha>,
  talk: Talk,
): readonly Group[] {
  return groups.flatMap((group) => {
    const pending = group.updates.filter(({ ref, target }) => (refs.get(ref) ?? null) !== target)
    const stale = pending.filter(({ ref, expected }) => (refs.get(ref) ?? null) !== expected)
    if (pending.length > 0 && stale.length === 0) {
      return [{ ...group, updates: pending }]
    }
    const moved = stale.map(({ ref }) => ({ ref, actual: refs.get(ref) ?? null }))
    tell(
      [group],
      moved.length > 0 ? { outcome: 'stale', refs: moved } : { outcome: 'pushed' },
      talk,
    )
    return []
  })
}

/** The groups that were refused are pushed for themselves, after the others: one must not stop another. */
async function settleApart(
  groups: readonly Group[],
  refused: ReadonlySet<string>,
  talk: Talk,
): Promise<void> {
  const blamed = groups.filter(({ updates }) => updates.some(({ ref }) => refused.has(ref)))
  const others = groups.filter((group) => !blamed.includes(group))
  const middle = Math.ceil(groups.length / 2)
  const parts =
    blamed.length === 0 || others.length === 0
      ? [groups.slice(0, middle), groups.slice(middle)]
      : [others, ...blamed.map((group) => [group])]
  for (const part of parts) {
    await settle(part, talk).catch((error: unknown) => {
      if (isForAll(error)) {
        throw error
      }
      for (const { index } of part.filter((one) => !talk.results.has(one.index))) {
        talk.results.set(index, { status: 'rejected', reason: error })
      }
    })
  }
}

/** Whether there is no use in asking the remote for anything else now. */
function isForAll(error: unknown): boolean {
  return !(error instanceof BotError) || error.code === 'GIT_REMOTE_UNREACHABLE'
}

async function pushOnce(groups: readonly Group[], talk: Talk): Promise<Attempt> {
  const { repository, remote, signal } = talk
  const updates = groups.flatMap((group) => group.updates)
  if (updates.length === 0) {
    return { outcome: 'pushed' }
  }
  const leases = updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`)
  const specs = updates.map(({ ref, target }) => `${target ?? ''}:${ref}`)
  const options = ['--atomic', '--porcelain', '--no-verify', '--no-follow-tags']
  const receiver = isLocalRemote(remote) ? quietReceiver(updates.map(({ ref }) => ref)) : null
  const args = [
    'push',
    ...options,
    ...(receiver === null ? [] : [`--receive-pack=${receiver}`]),
    '--no-recurse-submodules',
    ...leases,
    '--',
    remote.url,
    ...specs,
  ]
  const output = await callRemote(remote, args, repository.view, signal)
  return output.exitCode === 0
    ? { outcome: 'pushed' }
    : { outcome: 'refused', output, args: ['push', remote.url] }
}

/** Refs that are where they should be and still would not move: somebody else is moving them. */
function busy(remote: Remote, said: string): BotError {
  return new BotError('GIT_REF_CONFLICT', 'the remote is busy with the same refs', {
    retry: 'later',
    details: { url: withoutPassword(remote.url), stderr: said.slice(-4000) },
  })
}

/** All that git said. */
export function outputText(output: GitOutput): string {
  return `${Buffer.from(output.stdout).toString('utf8')}\n${output.stderr}`
}

/** What of it people need, cut. */
export function forPeople(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:To |Done$|hint: )/.test(line))
    .join('\n')
    .slice(0, 8000)
}
