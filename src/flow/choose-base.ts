import type { BaseChoice } from '../core/base-choice.ts'
import type { Sha } from '../core/ids.ts'
import type { SeriesRecord } from '../core/records.ts'
import type { PatchMail } from '../git/git-engine.ts'
import type { StoreReader } from '../store/store.ts'
import type { FlowPorts, ProjectPorts } from './ports.ts'

interface Dependency {
  readonly rule: 'prerequisite' | 'depends-on'
  readonly head: Sha
}

/** Heads of the published series that this one says it is built on. */
async function dependencies(
  record: SeriesRecord,
  reader: StoreReader,
): Promise<readonly Dependency[]> {
  const { series } = record
  const named = await reader.seriesTouching(series.dependsOn)
  const required =
    series.prerequisitePatchIds.length === 0
      ? []
      : await reader.relatives({
          messageIds: [],
          changeId: null,
          submitter: series.submitter.address,
          titles: [],
          startedAt: series.startedAt,
          patchIds: series.prerequisitePatchIds,
        })
  const candidates = [
    ...required.map((one) => ({ one, rule: 'prerequisite' as const })),
    ...named.map((one) => ({ one, rule: 'depends-on' as const })),
  ]
  const heads: Dependency[] = []
  for (const { one, rule } of candidates) {
    if (one.series.anchor !== series.anchor) {
      const published = (await reader.applications(one.topic)).filter(
        ({ publishedAt, digest }) => publishedAt !== null && digest === one.digest,
      )
      const application = published.at(-1)?.application
      if (application?.outcome === 'applied') {
        heads.push({ rule, head: application.head })
      }
    }
  }
  return heads
}

/** Walks the base ladder for one series; `given` overrides it. */
export async function chooseBase(
  record: SeriesRecord,
  patches: readonly PatchMail[],
  given: Sha | null,
  { project, git, mirror, upstream }: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'bot'>,
  signal: AbortSignal,
): Promise<BaseChoice> {
  return git.chooseBase(
    {
      given,
      baseCommit: record.series.baseCommit,
      dependencies: await ports.store.read((reader) => dependencies(record, reader)),
      prefixes: record.series.prefixes,
      prefixBranches: project.prefixBranches,
      branches: project.branches,
      patches,
      committer: ports.bot,
      remotes: upstream === null ? [mirror] : [upstream, mirror],
    },
    signal,
  )
}
