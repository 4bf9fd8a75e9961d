import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import { referredIds } from './ancestors.ts'
import type { SeriesParts } from './build-series.ts'
import { followUpTrailers } from './collect-trailers.ts'
import type { Composition } from './compose-version.ts'
import type { AttachedTo } from './gather-series.ts'
import { type LinkedSeries, type OtherMail, versionText } from './series.ts'
import { type Candidate, isSplit } from './series-candidate.ts'

/** Why one mail is where it is, for `patchferry explain`. */
export interface MailDecision {
  readonly messageId: MessageId
  readonly rule: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly result: string
}

function place(candidate: Candidate): string {
  const { version, minor } = candidate.subject
  return `v${versionText({ version, minor })} ${candidate.number}/${candidate.total}`
}

/** Whether another patch of the series answers the same mail. */
function sharesParent(patch: Candidate, parts: SeriesParts): MessageId | null {
  const [parent] = referredIds(patch.message)
  const isShared = parts.patches.some(
    (other) => other !== patch && referredIds(other.message)[0] === parent,
  )
  return parent !== undefined && isShared ? parent : null
}

function explainPatch(
  patch: Candidate,
  parts: SeriesParts,
  attachedTo: AttachedTo,
): Pick<MailDecision, 'rule' | 'inputs'> {
  const head = attachedTo(patch)
  const members = [parts.group.cover, ...parts.patches]
  if (patch.placedWith !== null && (isSplit(patch) || head !== null)) {
    return { rule: 'manual', inputs: isSplit(patch) ? {} : { placedWith: patch.placedWith } }
  }
  if (head !== null && members.includes(head)) {
    const ancestor = head.message.messageId
    return { rule: 'nearest-ancestor', inputs: { ancestor, is: place(head) } }
  }
  if (patch === parts.patches[0] && parts.group.cover === null) {
    return { rule: 'head-patch', inputs: {} }
  }
  const parent = sharesParent(patch, parts)
  if (parent !== null) {
    return { rule: 'siblings', inputs: { parent } }
  }
  return referredIds(patch.message).length === 0
    ? { rule: 'loose-join', inputs: { submitter: patch.message.submitter.address } }
    : { rule: 'same-thread', inputs: { submitter: patch.message.submitter.address } }
}

function explainCover(cover: Message, parts: SeriesParts): Pick<MailDecision, 'rule' | 'inputs'> {
  return parts.group.cover?.message === cover
    ? { rule: 'cover', inputs: { is: place(parts.group.cover) } }
    : { rule: 'unnumbered-cover', inputs: { answeredBy: parts.patches[0].message.messageId } }
}

/** Why each own mail of a version belongs to it. */
export function explainSeries(parts: SeriesParts, attachedTo: AttachedTo): readonly MailDecision[] {
  const { cover, group } = parts
  const anchor = (cover ?? parts.patches[0].message).messageId
  const contested = group.isContested ? { contested: true } : {}
  const covers = cover === null ? [] : [{ cover, ...explainCover(cover, parts) }]
  return [
    ...covers.map(({ cover: { messageId }, rule, inputs }) => ({
      messageId,
      rule,
      inputs: { ...inputs, ...contested },
      result: `cover of series ${anchor}`,
    })),
    ...parts.patches.map((patch) => {
      const { rule, inputs } = explainPatch(patch, parts, attachedTo)
      return {
        messageId: patch.message.messageId,
        rule,
        inputs: { is: place(patch), ...inputs, ...contested },
        result: `patch ${patch.number} of series ${anchor}`,
      }
    }),
  ]
}

/** Which patches the replies of a version give their trailers to. */
export function explainTrailers(parts: SeriesParts): readonly MailDecision[] {
  const { cover, patches, coverReplies, repliesTo } = parts
  const anchor = (cover ?? patches[0].message).messageId
  function explain(reply: Message, rule: string, result: string): readonly MailDecision[] {
    const given = followUpTrailers(reply).map(({ key, value }) => `${key}: ${value}`)
    return given.length === 0
      ? []
      : [{ messageId: reply.messageId, rule, inputs: { trailers: given }, result }]
  }
  const rule = cover === null ? 'trailers-by-missing-cover' : 'trailers-by-cover'
  return [
    ...coverReplies.flatMap((reply) =>
      explain(reply, rule, `its trailers are given to every patch of series ${anchor}`),
    ),
    ...patches.flatMap(({ number, message: { messageId } }) =>
      (repliesTo.get(messageId) ?? []).flatMap((reply) =>
        explain(
          reply,
          'trailers-by-nearest-patch',
          `its trailers are given to patch ${number} of series ${anchor}`,
        ),
      ),
    ),
  ]
}

/** Which trailers of older versions the patches got: `after` is `before`, in its order, with those carried to it. */
export function explainCarried(
  before: readonly LinkedSeries[],
  after: readonly LinkedSeries[],
): readonly MailDecision[] {
  return after.flatMap(({ series: { anchor, patches } }, index) =>
    patches.flatMap(({ number, patchId, trailers }, at) =>
      trailers
        .slice(before[index]?.series.patches[at]?.trailers.length ?? 0)
        .map(({ key, value, messageId }) => ({
          messageId,
          rule: 'trailers-carried-by-patch-id',
          inputs: { trailers: [`${key}: ${value}`], patchId },
          result: `its trailers are given to patch ${number} of series ${anchor} too`,
        })),
    ),
  )
}

export function explainComposition({ composed, older }: Composition): MailDecision {
  return {
    messageId: composed.anchor,
    rule: 'composed-version',
    inputs: { older: older.anchor, composedFrom: composed.composedFrom },
    result: `v${versionText(composed)}, composed from v${versionText(older)}`,
  }
}

export function explainOther(messageId: MessageId, other: OtherMail): MailDecision {
  return { messageId, rule: other.kind, inputs: {}, result: other.reason }
}
