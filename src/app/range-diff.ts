import { loadConfig } from '../config/load-config.ts'
import { BotError } from '../core/bot-error.ts'
import type { RefName, Sha, TopicId } from '../core/ids.ts'
import type { PatchPair } from '../core/patch/patch-pair.ts'
import type { ApplicationRecord } from '../core/records.ts'
import { isNewer } from '../core/topic/version-order.ts'
import { findTopic } from '../flow/acts/inspect.ts'
import type { ProjectPorts } from '../flow/ports.ts'
import { openUpstreamStores } from '../git/engine/upstream-store.ts'
import { withStore } from './inspect-store.ts'
import { openLog, systemClock } from './open-log.ts'
import { openProject } from './runtime.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

interface ComparedVersion {
  readonly version: string
  readonly base: Sha
  readonly head: Sha
}

/** What `patchferry range-diff --json` prints. */
export interface VersionComparison {
  readonly topic: TopicId
  readonly before: ComparedVersion
  readonly after: ComparedVersion
  readonly patches: readonly PatchPair[]
  /** Output of `git range-diff`. */
  readonly rangeDiff: string
}

export type RangeDiffResult =
  | { readonly outcome: 'compared'; readonly comparison: VersionComparison }
  | { readonly outcome: 'refused'; readonly message: string }

interface Found extends ComparedVersion {
  readonly record: ApplicationRecord
}

function refused(message: string): RangeDiffResult {
  return { outcome: 'refused', message }
}

/** The latest application of each version that applied, oldest version first. */
function appliedVersions(records: readonly ApplicationRecord[]): readonly Found[] {
  const latest = new Map<string, Found>()
  for (const record of records) {
    if (record.application.outcome === 'applied') {
      const { version, base } = record
      latest.set(version, { version, base, head: record.application.head, record })
    }
  }
  return [...latest.values()].toSorted((a, b) => (isNewer(a.version, b.version) ? 1 : -1))
}

/**
 * Compares two versions of a topic as they were applied: those named, else the last two; of one name, it with the last.
 * Commits that are not here any more are fetched from the mirror. Throws CONFIG_*, GIT_REMOTE_*.
 */
export async function compareVersions(
  configFile: string,
  id: string,
  versions: readonly [before: string | null, after: string | null],
  terminal: Terminal,
): Promise<RangeDiffResult> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const known = await withStore(config, terminal, (store) =>
    store.read(async (reader) => {
      const topic = await findTopic(id, reader)
      return topic === null ? null : { topic, records: await reader.applications(topic) }
    }),
  )
  if (known === null) {
    return refused(`there is no topic ${id}; \`patchferry status\` lists the topics`)
  }
  const applied = appliedVersions(known.records)
  const after =
    versions[1] === null ? applied.at(-1) : applied.find((one) => one.version === versions[1])
  const before =
    versions[0] === null
      ? applied.findLast((one) => after !== undefined && isNewer(after.version, one.version))
      : applied.find((one) => one.version === versions[0])
  if (before === undefined || after === undefined) {
    const names = applied.map(({ version }) => `v${version}`).join(', ')
    return refused(`two applied versions are needed; there are: ${names || 'none'}`)
  }
  const project = config.projects.find(({ name }) => name === after.record.project)
  if (project === undefined) {
    return refused(`project ${after.record.project} is configured no more`)
  }
  const layout = stateLayout(config.stateDirectory)
  const upstreams = openUpstreamStores(layout.upstreams)
  try {
    const opened = await openProject(project, layout, upstreams, {
      clock: systemClock,
      log: openLog(config, terminal),
      budgets: new Map(),
    })
    try {
      return await compare(known.topic, before, after, opened, terminal.draining)
    } finally {
      await opened.git.close()
    }
  } finally {
    await upstreams.close()
  }
}

/** Fetches what is not here any more, and compares. Throws GIT_OBJECT_MISSING, GIT_REMOTE_*. */
async function compare(
  topic: TopicId,
  before: Found,
  after: Found,
  { git, heads }: ProjectPorts,
  signal: AbortSignal,
): Promise<RangeDiffResult> {
  const pairs: { from: RefName; to: RefName }[] = []
  for (const { head, version, record } of [before, after]) {
    if ((await git.resolve(head)) === null) {
      if (record.seriesRef === null) {
        throw new BotError('GIT_OBJECT_MISSING', `v${version} is neither here nor published`, {
          retry: 'after-human',
          details: { head },
        })
      }
      pairs.push({ from: record.seriesRef, to: record.seriesRef })
    }
  }
  await git.fetch(heads, pairs, signal)
  return {
    outcome: 'compared',
    comparison: {
      topic,
      before: { version: before.version, base: before.base, head: before.head },
      after: { version: after.version, base: after.base, head: after.head },
      patches: await git.pairPatches(before, after, signal),
      rangeDiff: await git.rangeDiff(before, after, signal),
    },
  }
}
