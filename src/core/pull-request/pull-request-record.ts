import { createHash } from 'node:crypto'
import type { RefName, Sha, TopicId } from '../ids.ts'
import { labelPrefix, type PullRequest } from './pull-request.ts'

/** What a pull request shows, but for its commits. */
export interface PullRequestFace {
  readonly title: string
  readonly body: string
  readonly draft: boolean
  /** Those that begin with `labelPrefix`. */
  readonly labels: readonly string[]
  readonly baseRef: RefName
}

/**
 * A face as we last wrote it: what differs from that by now, somebody else changed. Null where nobody knows whether we did; where
 * that is so of everything, labels of ours that are not wanted go too.
 */
export interface WrittenFace {
  /** sha256 in hex. */
  readonly title: string | null
  readonly body: string | null
  readonly draft: boolean | null
  readonly baseRef: RefName | null
  readonly labels: readonly string[]
  /** Labels that we were about to set or to take away. */
  readonly unsureLabels: readonly string[]
}

/** One pull request of a topic; of several the last one opened counts. */
export interface PullRequestRecord {
  readonly project: string
  readonly number: number
  readonly topic: TopicId
  readonly url: string
  readonly headRef: RefName
  /** As last seen. */
  readonly state: PullRequest['state']
  /** Null while it is open. */
  readonly closedBy: 'us' | 'person' | null
  /** Of what it showed last, `2` or `5.1`. */
  readonly version: string
  readonly head: Sha
  readonly written: WrittenFace
  /** Keys of the comments that we wrote. */
  readonly comments: readonly string[]
  /** When the forge last said that it changed; null where somebody has looked since. */
  readonly hintedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What is kept of a face that was written. */
export function toWritten(face: PullRequestFace): WrittenFace {
  const { draft, baseRef } = face
  return {
    title: digest(face.title),
    body: digest(face.body),
    draft,
    labels: [...face.labels].sort(),
    unsureLabels: [],
    baseRef,
  }
}

/** What is kept before `change` is written, for the case that we die before we know that it was. */
export function beforeWriting(written: WrittenFace, change: Partial<PullRequestFace>): WrittenFace {
  const { labels } = change
  const moving =
    labels === undefined
      ? []
      : [...labels, ...written.labels].filter(
          (label) => !(labels.includes(label) && written.labels.includes(label)),
        )
  return {
    title: change.title === undefined ? written.title : null,
    body: change.body === undefined ? written.body : null,
    draft: change.draft === undefined ? written.draft : null,
    baseRef: change.baseRef === undefined ? written.baseRef : null,
    labels: written.labels,
    unsureLabels: [...new Set([...written.unsureLabels, ...moving])].sort(),
  }
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join('\n') === [...other].sort().join('\n')
}

/**
 * What has to be written so that the pull request, which is `seen` so now, shows `wanted`: only what is another than was
 * last `written`. What a person changed since is left alone until then; of labels only those that come or go are touched.
 * Null where there is nothing to write.
 */
export function faceChange(
  wanted: PullRequestFace,
  written: WrittenFace,
  seen: Pick<PullRequest, 'labels'>,
): Partial<PullRequestFace> | null {
  const now = toWritten(wanted)
  const change: { -readonly [Key in keyof PullRequestFace]?: PullRequestFace[Key] } = {}
  if (now.title !== written.title) {
    change.title = wanted.title
  }
  if (now.body !== written.body) {
    change.body = wanted.body
  }
  if (now.draft !== written.draft) {
    change.draft = wanted.draft
  }
  if (now.baseRef !== written.baseRef) {
    change.baseRef = wanted.baseRef
  }
  const theirs = seen.labels.filter((label) => label.startsWith(labelPrefix))
  const isUnknown = [written.title, written.body, written.draft, written.baseRef].every(
    (part) => part === null,
  )
  const unsure = new Set([...written.unsureLabels, ...(isUnknown ? theirs : [])])
  const gone = [...written.labels, ...unsure].filter((label) => !now.labels.includes(label))
  const come = now.labels.filter((label) => !written.labels.includes(label) || unsure.has(label))
  const labels = [...theirs.filter((label) => !gone.includes(label)), ...come]
  if (!sameSet(labels, theirs)) {
    change.labels = [...new Set(labels)].sort()
  }
  return Object.keys(change).length === 0 ? null : change
}
