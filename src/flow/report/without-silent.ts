import type { Mailbox } from '../../core/message.ts'
import type { OutboxRecord } from '../../core/records.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import { mailboxKey } from '../../core/report/report-policy.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { consents } from './opt-out.ts'

/** A list that moved while the mail waited gets it where it is now, once. */
function toPresentLists(
  mail: OutgoingMail,
  { projects }: Pick<FlowPorts, 'projects'>,
): OutgoingMail {
  const moved = new Map<string, string>()
  for (const { address, formerAddresses = [] } of projects.flatMap(
    ({ project }) => project.lists,
  )) {
    for (const former of formerAddresses) {
      moved.set(mailboxKey(former), address)
    }
  }
  const all = [...mail.to, ...mail.cc]
  if (!all.some(({ address }) => moved.has(mailboxKey(address)))) {
    return mail
  }
  const taken = new Set<string>()
  function present(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
    return mailboxes.flatMap((mailbox) => {
      const address = moved.get(mailboxKey(mailbox.address)) ?? mailbox.address
      const isTaken = taken.has(mailboxKey(address))
      taken.add(mailboxKey(address))
      return isTaken ? [] : [{ ...mailbox, address }]
    })
  }
  const to = present(mail.to)
  return { ...mail, to, cc: present(mail.cc) }
}

/**
 * The mail for those who still want it: who opted out while it waited, for the morning or for a person, is not written to.
 * Null where nobody is left; the job is finished then.
 */
export async function withoutSilent(
  job: Job,
  record: OutboxRecord,
  ports: Pick<FlowPorts, 'store' | 'clock' | 'projects'>,
): Promise<OutgoingMail | null> {
  const mail = toPresentLists(record.mail, ports)
  const silent = new Set((await ports.store.read(consents)).optedOut)
  function wanting({ address }: Mailbox): boolean {
    return !silent.has(mailboxKey(address))
  }
  const [to, cc] = [mail.to.filter(wanting), mail.cc.filter(wanting)]
  if (to.length > 0 && to.length === mail.to.length && cc.length === mail.cc.length) {
    return mail
  }
  if (to.length + cc.length > 0) {
    return to.length > 0 ? { ...mail, to, cc } : { ...mail, to: cc, cc: [] }
  }
  const at = ports.clock()
  const why = 'whoever would get it opted out meanwhile'
  await finish(job, ports, async (tx) => {
    await tx.moveOutbox(record.key, ['pending', 'sending'], 'dropped', `not sent: ${why}`, at)
    await tx.addDecision({
      at,
      messageId: mail.inReplyTo,
      topic: record.topic,
      version: record.version,
      step: 'send',
      rule: 'opted-out',
      inputs: { key: record.key },
      result: `not reported because ${why}`,
    })
  })
  return null
}
