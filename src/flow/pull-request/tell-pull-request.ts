import type { RefName } from '../../core/ids.ts'
import { isDraftByPrefix, labelsOf } from '../../core/pull-request/desired-pull-request.ts'
import type { PullRequestFace } from '../../core/pull-request/pull-request-record.ts'
import type { PullRequestStory } from '../../core/pull-request/pull-request-story.ts'
import type { SeriesRecord, StoredMessage } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { baseBranches } from '../publish/refresh-branches.ts'
import { listOf, testedState } from '../report/build-report.ts'
import type { ParentTopic, PullRequestLook, ShownVersion } from './look-at-pull-request.ts'

/** What the cover letter says, or, without one, the message of the first commit. */
export async function textOf(
  { series }: SeriesRecord,
  ports: Pick<FlowPorts, 'store' | 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<string> {
  const mails: readonly StoredMessage[] = await ports.store.read((reader) =>
    reader.messages([series.anchor]),
  )
  const [raw] = await ports.archive.rawMails(mails, signal)
  const parsed = raw === undefined ? null : ports.parse(raw)
  if (parsed?.outcome !== 'message') {
    return ''
  }
  return series.cover === null ? parsed.body.commitMessage : withoutSignature(parsed.body.text)
}

/** Without what stands below the last `-- ` (RFC 3676, 4.3), where that is as short as a signature. */
function withoutSignature(text: string): string {
  const at = text.lastIndexOf('\n-- \n')
  const below = at === -1 ? '' : text.slice(at).trimEnd()
  return at === -1 || below.split('\n').length > 8 ? text : text.slice(0, at + 1)
}

/** The parent's branch where the target repository has it, and CI finds its workflows there; else the branch that the base lies on. */
function baseRefOf(
  { application }: ShownVersion,
  parent: ParentTopic | null,
  { project, mirror, heads, overlay }: ProjectPorts,
): RefName {
  const branches = baseBranches(project)
  if (
    parent?.topic.branch &&
    parent.pullRequest?.state === 'open' &&
    // Against a branch that has moved on its own commits would conflict with their older selves.
    parent.isBase &&
    project.placement !== 'agit' &&
    heads.url === mirror.url &&
    overlay === null
  ) {
    return parent.topic.branch
  }
  const own = application.baseBranch
  return own !== null && branches.includes(own)
    ? own
    : (branches[0] ?? ('refs/heads/main' as RefName))
}

async function storyOf(
  { record, application }: ShownVersion,
  parent: ParentTopic | null,
  replaces: number | null,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<PullRequestStory | null> {
  const { series } = record
  const list = listOf(record, project.project)
  const tested = testedState(record, application, project)
  return list === null || tested === null
    ? null
    : {
        project: project.project.name,
        list,
        version: versionText(series),
        name: series.name,
        prefixes: series.prefixes,
        submitter: series.submitter,
        anchor: series.anchor,
        text: await textOf(record, ports, signal),
        patches: series.patches,
        tested,
        dependsOn: parent && {
          number: parent.pullRequest?.state === 'open' ? parent.pullRequest.number : null,
          name: parent.topic.name,
          version: parent.version,
          newer: parent.newer,
        },
        replaces,
      }
}

/** What the pull request of the shown version shows, and how it came to be. */
export interface ToldPullRequest {
  readonly face: PullRequestFace
  readonly story: PullRequestStory
}

/** Null where no list is configured any more that it could tell of. */
export async function tellPullRequest(
  shown: ShownVersion,
  { topic, parent }: Pick<PullRequestLook, 'topic' | 'parent'>,
  replaces: number | null,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'archive' | 'parse' | 'pullRequestWriter'>,
  signal: AbortSignal,
): Promise<ToldPullRequest | null> {
  const story = await storyOf(shown, parent, replaces, project, ports, signal)
  if (story === null) {
    return null
  }
  const { capabilities } = project.forge
  return {
    story,
    face: {
      ...ports.pullRequestWriter.describe(story, capabilities.maxBodyLength),
      draft: capabilities.draftPullRequests && (isDraftByPrefix(story.prefixes) || parent !== null),
      labels: labelsOf(topic, story.version),
      baseRef: baseRefOf(shown, parent, project),
    },
  }
}
