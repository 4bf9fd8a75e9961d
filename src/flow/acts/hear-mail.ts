import { type MessageId, type TopicId, toMessageId } from '../../core/ids.ts'
import type { MailBody, Message } from '../../core/message.ts'
import type { TrustPolicy } from '../../core/project.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { isReportId } from '../../core/report/outgoing-id.ts'
import { fieldsSigned } from '../../core/trust/dkim-cover.ts'
import type { MailedRelease } from '../../core/trust/mail-command.ts'
import { isListed, isSenderProven } from '../../core/trust/sender-proof.ts'
import type { Job, StoreReader } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import { type FlowPorts, findProject } from '../ports.ts'
import { heldApplication } from '../publish/held-application.ts'
import { appliedHead } from '../publish/push-application.ts'
import { approve } from './operator-acts.ts'

/** One copy of a mail that asks for a release, all of it from the same bytes. */
interface Asking {
  readonly message: Message
  readonly body: MailBody
  readonly release: MailedRelease
  /** When the first copy of it came: a mail that is sent once more says nothing new. */
  readonly arrivedAt: Date
}

/** Every copy that came: the one by the list may have lost its proof. */
async function copiesOf(
  messageId: MessageId,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<readonly Asking[]> {
  const deliveries = await ports.store.read((reader) => reader.deliveries(messageId))
  const heard = deliveries.filter(({ isSilent }) => !isSilent)
  const raws = await ports.archive.rawMails(heard, signal)
  const first = Math.min(...deliveries.map(({ arrivedAt }) => arrivedAt.getTime()))
  return raws.flatMap((raw) => {
    const parsed = ports.parse(raw)
    const release = parsed.outcome === 'message' ? parsed.body.release : null
    return parsed.outcome === 'unreadable' || release === null
      ? []
      : [{ message: parsed.message, body: parsed.body, release, arrivedAt: new Date(first) }]
  })
}

/** The topic whose patch, cover or report this mail answers directly; null for all else. */
async function answeredTopic(
  { message }: Asking,
  reader: Pick<StoreReader, 'seriesOf' | 'outboxByMessageId'>,
): Promise<TopicId | null> {
  const [parent, ...others] = message.inReplyTo
  if (parent === undefined || others.length > 0) {
    return null
  }
  const series = await reader.seriesOf(parent)
  return series?.topic ?? (await reader.outboxByMessageId(parent))?.topic ?? null
}

/** Why this copy does not come from somebody who may release; null where it does. */
function doubtOfSender(
  { body, message, release }: Asking,
  { authservIds, approvers }: TrustPolicy,
): string | null {
  const { address, authentication, signatures } = body.origin
  if (!isListed(address, approvers)) {
    return `${address} is not among those who may release a series by mail`
  }
  if (!isSenderProven(authentication, address, authservIds)) {
    return `no server that is trusted here confirms that ${address} sent it (DKIM)`
  }
  const signed = fieldsSigned(signatures, address)
  if (signed === null) {
    return `it has no DKIM signature of ${address} that covers its whole text`
  }
  const isBound = signed.has('in-reply-to') && signed.has('date') && message.sentAt !== null
  return release.head === null && !isBound
    ? 'its DKIM signature does not cover which mail it answers and when: it has to name the head'
    : null
}

/** Why what the mail names is not what waits; null where it is. */
function doubtOfNaming(
  { release, message, arrivedAt }: Asking,
  held: ApplicationRecord | null,
): string | null {
  const { version, head } = release
  if (version === null && head === null) {
    return 'it has to name one version or head, as in `ok to test v2`'
  }
  const heldHead = held === null ? null : appliedHead(held)
  if (held === null || heldHead === null) {
    return 'nothing of the topic is held'
  }
  if (head !== null) {
    return heldHead.startsWith(head) ? null : `what is held is ${heldHead} now, not ${head}`
  }
  if (version !== held.version) {
    return `what is held is version ${held.version}, not ${version}`
  }
  const saidAt = Math.min(arrivedAt.getTime(), message.sentAt?.getTime() ?? 0)
  // A date has whole seconds.
  return saidAt + 1000 > held.at.getTime()
    ? null
    : `it is from before ${heldHead} was held: it has to name the head`
}

/** Whether a mail speaks for a person: never ours, nor one under our name. */
function isOwn({ message, body }: Asking, { bot }: Pick<FlowPorts, 'bot'>): boolean {
  const own = bot.address.toLowerCase()
  return (
    isReportId(message.messageId, bot.address) ||
    body.origin.address.toLowerCase() === own ||
    message.submitter.address.toLowerCase() === own
  )
}

async function tell(
  { message, body, release }: Asking,
  topic: TopicId,
  result: string,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
): Promise<void> {
  await ports.store.transaction(async (tx) => {
    const told = await tx.decisions({ messageId: message.messageId })
    if (!told.some((one) => one.rule === 'release-by-mail' && one.result === result)) {
      await tx.addDecision({
        at: ports.clock(),
        messageId: message.messageId,
        topic,
        version: (await tx.topic(topic))?.version ?? null,
        step: 'trust',
        rule: 'release-by-mail',
        inputs: { from: body.origin.address, ...release },
        result,
      })
    }
  })
}

/** Does what one copy asks for; the reason why not, or null where that is done or was done before. */
async function heed(
  asking: Asking,
  topic: TopicId,
  trust: TrustPolicy,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<string | null> {
  const { held, approvals } = await ports.store.read(async (reader) => ({
    held: await heldApplication(topic, reader),
    approvals: await reader.humanDecisions('approve'),
  }))
  const by = `${asking.body.origin.address} by mail ${asking.message.messageId}`
  if (approvals.some((one) => one.by === by && one.decision.topic === topic)) {
    return null
  }
  const doubt = doubtOfSender(asking, trust) ?? doubtOfNaming(asking, held)
  const head = held === null ? null : appliedHead(held)
  if (doubt !== null || held === null || head === null) {
    return doubt
  }
  const isDone = approvals.some(
    ({ decision }) =>
      decision.topic === topic && decision.version === held.version && decision.head === head,
  )
  if (isDone) {
    return `${head} is released already`
  }
  const done = await approve(topic, { version: held.version, head }, by, ports, signal)
  return done.outcome === 'refused' ? done.message : null
}

/**
 * Releases what is held where a mail asks for it: an answer to its cover, a patch or our report, by somebody of
 * `trust.approvers`, proven by DKIM, that names the version or head. Whatever it lacks is told in `explain`. Where nobody is
 * configured, nothing is done or told. Running it again does nothing twice.
 */
export async function hearMail(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const refusals: { readonly asking: Asking; readonly topic: TopicId; readonly why: string }[] = []
  for (const asking of await copiesOf(toMessageId(job.key), ports, signal)) {
    const known = await ports.store.read(async (reader) => {
      const found = await answeredTopic(asking, reader)
      return found === null ? null : await reader.topic(found)
    })
    const project = findProject(ports, known?.project ?? '')?.project ?? null
    if (known === null || project === null || isOwn(asking, ports)) {
      continue
    }
    if (project.trust.approvers.length === 0) {
      continue
    }
    const why = await heed(asking, known.topic, project.trust, ports, signal)
    if (why === null) {
      await finish(job, ports)
      return
    }
    refusals.push({ asking, topic: known.topic, why })
  }
  for (const { asking, topic, why } of refusals) {
    ports.log.info({ messageId: job.key, topic, why }, 'a mail released nothing')
    await tell(asking, topic, why, ports)
  }
  await finish(job, ports)
}
