import type { Decision } from '../../core/decision.ts'
import type { ReportKind } from '../../core/project.ts'
import type { OutboxRecord, SeriesRecord } from '../../core/records.ts'
import {
  type DigestItem,
  type DigestPlan,
  dayOfDigest,
  digestJobKey,
  nextDigestAt,
} from '../../core/report/digest.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreTransaction } from '../../store/store.ts'

const longestVerdict = 300

/** What a report says first. */
function firstSentence({ text }: OutgoingMail): string {
  const paragraph = text.split('\n\n')[0] ?? ''
  return paragraph.replaceAll('\n', ' ').slice(0, longestVerdict)
}

/** The command of a report that fetches its series, as every reader has it. */
const fetchLine = /^ +(?<fetch>git fetch \S+ '?refs\/series\/\S+)$/m

/** What the digest of its list says of a report. */
export function toDigestItem(
  report: Pick<OutboxRecord, 'key' | 'project' | 'head' | 'mail'> & {
    readonly kind: ReportKind
    readonly list: string
  },
  { series, topic }: Pick<SeriesRecord, 'series' | 'topic'>,
  rule: string,
  at: Date,
): DigestItem {
  const { key, project, list, kind, head, mail } = report
  const fetch = fetchLine.exec(mail.text)?.groups?.['fetch']
  return {
    key,
    project,
    list,
    kind,
    topic,
    version: versionText(series),
    head,
    anchor: series.anchor,
    name: series.name,
    submitter: series.submitter,
    verdict: firstSentence(mail),
    ...(fetch === undefined ? {} : { fetch }),
    rule,
    at,
  }
}

/** That it left the waiting ones: in the digest of this key, or dropped where that is null. */
export function settledDecision(
  item: DigestItem,
  { digest, rule, result }: Pick<Decision, 'rule' | 'result'> & { readonly digest: string | null },
  at: Date,
): Decision {
  return {
    at,
    messageId: item.anchor,
    topic: item.topic,
    version: item.version,
    step: 'send',
    rule,
    inputs: { kind: item.kind, digest },
    result,
  }
}

/** That the digest tells of it. */
export function toldDecision(
  item: DigestItem,
  digest: Pick<OutboxRecord, 'key' | 'mail'>,
  at: Date,
): Decision {
  const { messageId } = digest.mail
  const result = `told in the digest of ${item.list} of ${dayOfDigest(digest.key)}, <${messageId}>`
  return settledDecision(item, { digest: digest.key, rule: 'digest', result }, at)
}

/** Lets an outcome wait for the digest of its list, and says when that is due. */
export async function awaitDigest(
  item: DigestItem,
  plan: DigestPlan,
  tx: StoreTransaction,
): Promise<Date> {
  const due = nextDigestAt(item.at, plan)
  await tx.addDigestItem(item, 'waiting', null)
  await tx.enqueue('digest', digestJobKey(item.project, item.list), due)
  return due
}
