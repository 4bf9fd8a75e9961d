import { BotError } from '../../core/bot-error.ts'
import type { RefName } from '../../core/ids.ts'
import { labelPrefix, type PullRequest } from '../../core/pull-request/pull-request.ts'
import type { Ensured, Forge, PullRequestChange, PullRequestSpec } from '../forge.ts'
import { isSameText, withMarker } from '../marker.ts'
import { type PullRequestAnswer, pullRequestAnswer } from './answers.ts'
import { writeDraftTitle } from './draft-title.ts'
import { findHeads, listPulls } from './find-heads.ts'
import { openLabels } from './labels.ts'
import { branchName, headKey, headRefOf, isAgit, markedHead } from './pull-request-heads.ts'
import { readPullRequest } from './read-pull-request.ts'
import { fullName, isSameRepository, type RepositoryAccess } from './repository-access.ts'

type PullRequestCalls = Pick<
  Forge,
  | 'ensurePullRequest'
  | 'editPullRequest'
  | 'getPullRequest'
  | 'findPullRequests'
  | 'openPullRequests'
  | 'closePullRequest'
>

interface Found {
  readonly pull: PullRequest
  /** Whether its body has to name the head, because the server does not. */
  readonly mark: 'none' | 'keep' | 'add'
}

const noSuchBranch = 404
const alreadyThere = 409
const alreadyMerged = 412

export function openPullRequests(access: RepositoryAccess): PullRequestCalls {
  const { client, path, dialect } = access
  const labels = openLabels(access)

  async function read(
    pulls: readonly PullRequestAnswer[],
    signal: AbortSignal,
  ): Promise<readonly PullRequest[]> {
    const login = pulls.length === 0 ? '' : await access.login(signal)
    return pulls.map((pull) => readPullRequest(pull, login)).filter((pull) => pull !== null)
  }

  async function fetchPull(number: number, signal: AbortSignal): Promise<PullRequestAnswer | null> {
    return client.find(`${path}/pulls/${number}`, pullRequestAnswer, signal)
  }

  async function get(number: number, signal: AbortSignal): Promise<PullRequest | null> {
    const pull = await fetchPull(number, signal)
    return pull === null ? null : ((await read([pull], signal))[0] ?? null)
  }

  /** As `headRef`, whatever the server says of a head made by AGit. */
  async function toFound(
    found: PullRequestAnswer | null | undefined,
    headRef: RefName,
    signal: AbortSignal,
  ): Promise<Found | null> {
    const [pull] = found ? await read([found], signal) : []
    return !found || pull === undefined
      ? null
      : { pull: { ...pull, headRef }, mark: markOf(found, await access.login(signal)) }
  }

  function markOf(pull: PullRequestAnswer, login: string): Found['mark'] {
    if (dialect.namesAgitHeads || !isAgit(pull)) {
      return 'none'
    }
    return markedHead(pull, login) === null ? 'add' : 'keep'
  }

  async function findOpen(headRef: RefName, signal: AbortSignal): Promise<Found | null> {
    const [found] = await findHeads(access, headRef, 'open', signal)
    return toFound(found, headRef, signal)
  }

  async function findWanted(spec: PullRequestSpec, signal: AbortSignal): Promise<Found | null> {
    const { number, headRef } = spec
    const known = typeof number === 'number' ? await fetchPull(number, signal) : null
    const isIt = known?.state === 'open' && headRefOf(known, await access.login(signal)) === headRef
    return isIt ? toFound(known, headRef, signal) : findOpen(headRef, signal)
  }

  /** Null where there is one already, and where its branch is not there: made by AGit, unless `isSure` that there is none. */
  async function create(
    spec: PullRequestSpec,
    isSure: boolean,
    signal: AbortSignal,
  ): Promise<PullRequest | null> {
    const isElsewhere = !isSameRepository(fullName(access.heads), fullName(access.repository))
    const head = branchName(spec.headRef)
    const ids = spec.labels.length === 0 ? [] : await labels.ids(spec.labels, signal)
    const body = {
      head: isElsewhere ? `${access.heads.owner}:${head}` : head,
      base: branchName(spec.baseRef),
      title: writeDraftTitle(spec),
      body: spec.body,
      ...(ids === null || ids.length === 0 ? {} : { labels: ids }),
    }
    const asked = { body, also: [alreadyThere, ...(isSure ? [] : [noSuchBranch])] }
    const answer = await client.ask('POST', `${path}/pulls`, asked, signal)
    if (answer.status === alreadyThere || answer.status === noSuchBranch) {
      return null
    }
    const made = client.read(answer.body, pullRequestAnswer, `${path}/pulls`)
    const [pull] = await read([made], signal)
    const isWhole = made.labels.length >= (ids ?? []).length
    return isWhole && pull !== undefined ? pull : get(made.number, signal)
  }

  async function edit(
    seen: PullRequest,
    change: PullRequestChange,
    mark: Found['mark'],
    signal: AbortSignal,
  ): Promise<Ensured<PullRequest>> {
    const body = bodyOf(seen, change, mark)
    const wanted = {
      ...(writeDraftTitle({ ...seen, ...change }) === writeDraftTitle(seen)
        ? {}
        : { title: writeDraftTitle({ ...seen, ...change }) }),
      ...(body === null ? {} : { body }),
      ...(change.baseRef === undefined || change.baseRef === seen.baseRef
        ? {}
        : { base: branchName(change.baseRef) }),
    }
    const url = `${path}/pulls/${seen.number}`
    let now: PullRequest | null = seen
    const isEdited = Object.keys(wanted).length > 0
    if (isEdited) {
      const answer = await client.send('PATCH', url, wanted, pullRequestAnswer, signal)
      now = (await read([answer], signal))[0] ?? seen
    }
    if (await changeLabels(seen, change.labels, signal)) {
      now = (await get(seen.number, signal)) ?? seen
    } else if (!isEdited) {
      return { change: 'unchanged', value: seen }
    }
    return { change: 'updated', value: { ...now, headRef: seen.headRef } }
  }

  async function changeLabels(
    seen: PullRequest,
    wanted: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const ours = seen.labels.filter((name) => name.startsWith(labelPrefix))
    const added = (wanted ?? []).filter((name) => !seen.labels.includes(name))
    const removed = wanted === undefined ? [] : ours.filter((name) => !wanted.includes(name))
    return added.length + removed.length > 0
      ? await labels.change(seen.number, added, removed, signal)
      : false
  }

  return {
    async ensurePullRequest(spec, signal) {
      const isSearched = spec.number !== null
      const there = isSearched ? await findWanted(spec, signal) : null
      if (there !== null) {
        return edit(there.pull, spec, there.mark, signal)
      }
      const made = await create(spec, isSearched, signal)
      if (made !== null) {
        return { change: 'created', value: made }
      }
      const meanwhile = await findOpen(spec.headRef, signal)
      if (meanwhile === null) {
        throw missing(spec.headRef)
      }
      return edit(meanwhile.pull, spec, meanwhile.mark, signal)
    },
    async editPullRequest(seen, change, signal) {
      // Only the server knows whether a new body has to name the head as the old one did.
      const isAsked = !dialect.namesAgitHeads && change.body !== undefined
      const there = isAsked ? await fetchPull(seen.number, signal) : null
      const mark = there === null ? 'none' : markOf(there, await access.login(signal))
      return edit(seen, change, mark, signal)
    },
    getPullRequest: get,
    async findPullRequests(headRef, signal) {
      const found = await findHeads(access, headRef, 'all', signal)
      return (await read(found, signal)).map((pull) => ({ ...pull, headRef }))
    },
    async openPullRequests(signal) {
      const found = await listPulls(access, { state: 'open', sort: 'oldest' }, signal)
      return (await read(found, signal)).toSorted((a, b) => a.number - b.number)
    },
    async closePullRequest(number, signal) {
      const asked = { body: { state: 'closed' }, also: [alreadyMerged] }
      await client.ask('PATCH', `${path}/pulls/${number}`, asked, signal)
    },
  }
}

/** What to write as its body; null where nothing is to be written. */
function bodyOf(
  seen: PullRequest,
  { body = seen.body }: PullRequestChange,
  mark: Found['mark'],
): string | null {
  if (isSameText(seen.body, body) && mark !== 'add') {
    return null
  }
  return mark === 'none' ? body : withMarker(body, headKey(seen.headRef))
}

function missing(headRef: RefName): BotError {
  const message = `the forge has a pull request of ${headRef} already, and does not show it`
  return new BotError('FORGE_NOT_FOUND', message, { retry: 'later', details: { headRef } })
}
