import type { LinkedSeries, OtherMail } from './series.ts'

/** The JSON document of one series, as `patchferry threads --json` prints it: keys in this order, none left out. */
export function toThreadLine({ series, topic, linkedBy }: LinkedSeries): object {
  const { pull } = series
  return {
    topic,
    version: series.version,
    minor: series.minor,
    total: series.total,
    complete: series.complete,
    name: series.name,
    submitter: { name: series.submitter.name, email: series.submitter.address },
    prefixes: series.prefixes,
    cover: series.cover,
    patches: series.patches.map((patch) => ({
      number: patch.number,
      messageId: patch.messageId,
      subject: patch.subject,
      trailers: patch.trailers.map(({ key, value, messageId }) => ({ key, value, messageId })),
    })),
    missing: series.missing,
    replies: series.replies.length,
    linkedBy,
    composedFrom: series.composedFrom,
    baseCommit: series.baseCommit,
    changeId: series.changeId,
    pull: pull === null ? null : { url: pull.url, ref: pull.ref, sha: pull.sha },
    problems: series.problems.map(({ code, message }) => ({ code, message })),
  }
}

/** The JSON document of a mail that is no part of a series; `source` is its path and offset. */
export function toOtherLine(other: OtherMail, source: string): object {
  return { messageId: other.messageId, kind: other.kind, reason: other.reason, source }
}
