import type { AppliedCommit, AppliedHow } from '../apply/application.ts'
import type { BaseRule } from '../apply/base-choice.ts'
import type { MessageId, RefName, Sha, TopicId } from '../ids.ts'

/** What the tag object of one published application tells, so that the mirror alone tells the story. */
export interface SeriesTag {
  readonly topic: TopicId
  readonly project: string
  readonly version: string
  readonly name: string
  readonly cover: MessageId | null
  readonly digest: string
  readonly head: Sha
  readonly tree: Sha
  readonly base: Sha
  readonly baseRule: BaseRule
  readonly baseBranch: RefName | null
  readonly commits: readonly AppliedCommit[]
  /** `clear`, or who released it. */
  readonly trust: string
  readonly gitVersion: string
}

/** The message of the tag object. Nothing in it comes from a clock. */
export function renderSeriesTag(tag: SeriesTag): string {
  const patches = tag.commits.map(
    (commit) =>
      `Patch: ${commit.number} ${commit.sha ?? '-'} ${commit.tree} ${commit.how} ${JSON.stringify(commit.messageId)}`,
  )
  return [
    JSON.stringify(tag.name).slice(1, -1),
    '',
    `Topic: ${tag.topic}`,
    `Project: ${tag.project}`,
    `Version: ${tag.version}`,
    `Digest: ${tag.digest}`,
    `Head: ${tag.head}`,
    `Tree: ${tag.tree}`,
    `Base: ${tag.base}`,
    `Base-Rule: ${tag.baseRule}`,
    `Base-Branch: ${tag.baseBranch ?? '-'}`,
    `Cover: ${tag.cover === null ? '-' : JSON.stringify(tag.cover)}`,
    ...patches,
    `Trust: ${JSON.stringify(tag.trust).slice(1, -1)}`,
    `Git: ${tag.gitVersion}`,
    '',
  ].join('\n')
}

function readCommit(line: string): AppliedCommit | null {
  const groups =
    /^Patch: (?<number>\d+) (?<sha>\S+) (?<tree>[0-9a-f]+) (?<how>\S+) (?<id>".*")$/.exec(
      line,
    )?.groups
  if (groups === undefined) {
    return null
  }
  const sha = groups['sha'] ?? '-'
  return {
    number: Number(groups['number']),
    messageId: JSON.parse(groups['id'] ?? '""') as MessageId,
    sha: sha === '-' ? null : (sha as Sha),
    tree: groups['tree'] as Sha,
    how: groups['how'] as AppliedHow,
  }
}

/** Reads what `renderSeriesTag` wrote; null for any other text. */
export function parseSeriesTag(message: string): SeriesTag | null {
  const lines = message.split('\n')
  function field(key: string): string | null {
    return lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2) ?? null
  }
  const [topic, digest, head, tree, base] = ['Topic', 'Digest', 'Head', 'Tree', 'Base'].map(field)
  const version = field('Version')
  if (!topic || !digest || !head || !tree || !base || version === null) {
    return null
  }
  try {
    const cover = field('Cover') ?? '-'
    const branch = field('Base-Branch') ?? '-'
    return {
      topic: topic as TopicId,
      project: field('Project') ?? '',
      version,
      name: JSON.parse(`"${lines[0] ?? ''}"`) as string,
      cover: cover === '-' ? null : (JSON.parse(cover) as MessageId),
      digest,
      head: head as Sha,
      tree: tree as Sha,
      base: base as Sha,
      baseRule: (field('Base-Rule') ?? 'default') as BaseRule,
      baseBranch: branch === '-' ? null : (branch as RefName),
      commits: lines.flatMap((line) => readCommit(line) ?? []),
      trust: JSON.parse(`"${field('Trust') ?? 'clear'}"`) as string,
      gitVersion: field('Git') ?? '',
    }
  } catch {
    return null
  }
}
