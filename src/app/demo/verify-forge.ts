import { setTimeout as sleep } from 'node:timers/promises'
import type { RefName } from '../../core/ids.ts'
import { labelPrefix } from '../../core/pull-request/pull-request.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import { openGitEngine } from '../../git/engine/open-git-engine.ts'
import { demoBranch } from './demo-forge.ts'
import type { Expectation } from './scenario.ts'
import type { DemoWorld } from './set-up.ts'
import type { Snapshot } from './snapshots.ts'
import { verify } from './verify.ts'

/** What a forge shows may lag behind what it was told. */
const attempts = 4
const betweenMs = 3_000

/** Fetches what the forge holds of this run into the mirror of the world, in place of what was there. */
async function fetchSeen(
  world: DemoWorld,
  { mirror }: ProjectPorts,
  all: readonly Snapshot[],
  signal: AbortSignal,
): Promise<void> {
  const git = await openGitEngine(world.mirror)
  try {
    const refs = await git.remoteRefs(mirror, ['refs/heads/series/', 'refs/mail/'], signal)
    const topics = new Set(all.map(({ topic }) => topic.topic))
    const own = [...refs.keys()].filter(
      (ref) =>
        ref.startsWith('refs/mail/') || [...topics].some((topic) => ref.endsWith(`-${topic}`)),
    )
    await git.fetch(
      mirror,
      own.map((ref) => ({ from: ref, to: ref })),
      signal,
    )
  } finally {
    await git.close()
  }
}

async function checkPull(
  { title, version, verdict }: Expectation,
  branch: RefName,
  { topic, application }: Snapshot,
  { forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const pulls = await forge.findPullRequests(branch, signal)
  const [pull] = pulls
  if (pulls.length !== 1 || pull === undefined) {
    return [`${title}: ${pulls.length} pull requests instead of 1`]
  }
  const wrong: string[] = []
  function want(isRight: boolean, what: string): void {
    if (!isRight) {
      wrong.push(`${title}: #${pull?.number} ${what}`)
    }
  }
  want(pull.state === 'open', `is ${pull.state}`)
  want(pull.headSha === topic.head, `is at ${pull.headSha}, not at ${topic.head}`)
  want(pull.baseRef === `refs/heads/${demoBranch}`, `is for ${pull.baseRef}`)
  for (const label of [`v${version}`, verdict].map((name) => `${labelPrefix}${name}`)) {
    want(pull.labels.includes(label), `lacks the label ${label}`)
  }
  const keys = (await forge.listComments(pull.number, null, signal)).flatMap(({ key }) => key ?? [])
  want(new Set(keys).size === keys.length, 'says something twice')
  want(version === '1' || keys.length > 0, 'does not say what its new version changed')
  const head = application?.application.outcome === 'applied' ? application.application.head : null
  const { checks } = head === null ? { checks: [] } : await forge.listChecks(head, signal)
  want(
    checks.some(({ state }) => state === verdict),
    `shows no check with the result ${verdict}`,
  )
  return wrong
}

async function lookOnce(
  world: DemoWorld,
  project: ProjectPorts,
  all: readonly Snapshot[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  await fetchSeen(world, project, all, signal)
  const wrong = [...(await verify(world.scenario, world.mirror, world.outgoing))]
  for (const expected of world.scenario.expectations) {
    const found = all.find(({ record }) => record.series.anchor === expected.anchor)
    if (!expected.isNewest || found === undefined) {
      continue
    }
    const { branch, pullRequest } = found.topic
    if (expected.tree !== null && branch !== null) {
      wrong.push(...(await checkPull(expected, branch, found, project, signal)))
    } else if (pullRequest !== null) {
      wrong.push(`${expected.title}: it must have no pull request`)
    }
  }
  return wrong
}

/**
 * As `verify`, on what the forge itself holds and shows: one pull request for each topic, its branch, labels and results, and no
 * comment twice. Looks again for a while before it says that something is wrong.
 */
export async function verifyForge(
  world: DemoWorld,
  project: ProjectPorts,
  all: readonly Snapshot[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  let wrong = await lookOnce(world, project, all, signal)
  for (let attempt = 1; wrong.length > 0 && attempt < attempts && !signal.aborted; attempt += 1) {
    await sleep(betweenMs)
    wrong = await lookOnce(world, project, all, signal)
  }
  return wrong
}
