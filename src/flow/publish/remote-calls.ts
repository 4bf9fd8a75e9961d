import type { RefName, Sha } from '../../core/ids.ts'
import type { GitEngine, PushResult, RefUpdate, RemoteAccess } from '../../git/git-engine.ts'

type FetchPairs = Parameters<GitEngine['fetch']>[1]

/** What a job wants of a remote repository. */
type Wish =
  | { readonly kind: 'fetch'; readonly pairs: FetchPairs }
  | { readonly kind: 'list'; readonly prefixes: readonly string[] }
  | { readonly kind: 'push'; readonly updates: readonly RefUpdate[] }

interface Place {
  readonly git: GitEngine
  readonly remote: RemoteAccess
}

/** A wish that waits to be granted. */
export interface Call extends Place {
  readonly wish: Wish
  resolve(value: unknown): void
  reject(reason: unknown): void
}

type Answer = PromiseSettledResult<unknown>

/** The engine with calls in place of its talks with remotes. They heed the signal that is given where they are granted. */
export function callingEngine(git: GitEngine, onCall: (call: Call) => void): GitEngine {
  async function call<T>(remote: RemoteAccess, wish: Wish): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      onCall({ git, remote, wish, resolve: (value) => resolve(value as T), reject })
    })
  }
  return {
    ...git,
    fetch: async (remote, pairs) => call<void>(remote, { kind: 'fetch', pairs }),
    remoteRefs: async (remote, prefixes) =>
      call<ReadonlyMap<RefName, Sha>>(remote, { kind: 'list', prefixes }),
    push: async (remote, updates) => call<PushResult>(remote, { kind: 'push', updates }),
  }
}

/** Asks each remote once for all that is wanted of it, and gives the answers; nobody is told yet. */
export async function grant(
  calls: readonly Call[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Call, Answer>> {
  const places: Call[][] = []
  for (const call of calls) {
    const place = places.find(([one]) => one !== undefined && isSamePlace(one, call))
    if (place === undefined) {
      places.push([call])
    } else {
      place.push(call)
    }
  }
  const answers = await Promise.all(places.map(async (each) => grantAt(each, signal)))
  return new Map(answers.flat())
}

function isSamePlace(one: Call, other: Call): boolean {
  return (
    one.git === other.git &&
    one.wish.kind === other.wish.kind &&
    one.remote.url === other.remote.url &&
    credentialsOf(one.remote) === credentialsOf(other.remote)
  )
}

/** What tells those of one remote from those of another: the header itself, or what gives it. */
function credentialsOf(remote: RemoteAccess): unknown {
  return 'authorize' in remote ? remote.authorize : remote.authorization
}

/** Of calls of one kind for one remote. */
async function grantAt(
  calls: readonly Call[],
  signal: AbortSignal,
): Promise<readonly (readonly [Call, Answer])[]> {
  const lists: [Call, readonly string[]][] = []
  const fetches: [Call, FetchPairs][] = []
  const pushes: [Call, readonly RefUpdate[]][] = []
  for (const call of calls) {
    const { wish } = call
    switch (wish.kind) {
      case 'list':
        lists.push([call, wish.prefixes])
        break
      case 'fetch':
        fetches.push([call, wish.pairs])
        break
      case 'push':
        pushes.push([call, wish.updates])
    }
  }
  return [
    ...(await list(lists, signal)),
    ...(await fetchAll(fetches, signal)),
    ...(await push(pushes, signal)),
  ]
}

async function list(
  wanted: readonly (readonly [Call, readonly string[]])[],
  signal: AbortSignal,
): Promise<readonly (readonly [Call, Answer])[]> {
  const [first] = wanted
  if (first === undefined) {
    return []
  }
  const [{ git, remote }] = first
  const prefixes = [...new Set(wanted.flatMap(([, each]) => each))]
  const all = await settled(git.remoteRefs(remote, prefixes, signal))
  return wanted.map(([call, own]) => {
    if (all.status === 'rejected') {
      return [call, all] as const
    }
    const refs = [...all.value].filter(([ref]) => own.some((prefix) => ref.startsWith(prefix)))
    return [call, { status: 'fulfilled', value: new Map(refs) }] as const
  })
}

/** A fetch is whole or not at all: where the one for all fails, each is tried for itself. */
async function fetchAll(
  wanted: readonly (readonly [Call, FetchPairs])[],
  signal: AbortSignal,
): Promise<readonly (readonly [Call, Answer])[]> {
  const [first] = wanted
  if (first === undefined) {
    return []
  }
  const [{ git, remote }] = first
  const pairs = new Map(wanted.flatMap(([, each]) => each).map((one) => [JSON.stringify(one), one]))
  const all = await settled(git.fetch(remote, [...pairs.values()], signal))
  if (all.status === 'fulfilled' || wanted.length === 1) {
    return wanted.map(([call]) => [call, all] as const)
  }
  return Promise.all(
    wanted.map(
      async ([call, own]) => [call, await settled(git.fetch(remote, own, signal))] as const,
    ),
  )
}

async function push(
  wanted: readonly (readonly [Call, readonly RefUpdate[]])[],
  signal: AbortSignal,
): Promise<readonly (readonly [Call, Answer])[]> {
  const [first] = wanted
  if (first === undefined) {
    return []
  }
  const [{ git, remote }, updates] = first
  if (wanted.length === 1) {
    return [[first[0], await settled(git.push(remote, updates, signal))]]
  }
  const groups = wanted.map(([, each]) => each)
  const results = await settled(git.pushEach(remote, groups, signal))
  return wanted.map(([call], index) => {
    const own = results.status === 'rejected' ? results : results.value[index]
    return [call, own ?? { status: 'rejected', reason: new TypeError('no answer to a push') }]
  })
}

async function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work])
  return result
}
