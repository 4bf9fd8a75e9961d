import type { Message } from '../../core/message.ts'
import { isReportId } from '../../core/report/outgoing-id.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'

/** A mail that is answered stands in a chain of answers with at most this many reports of ours. */
const mostInChain = 8
/** A list brings a mail back once for each source that reads it. */
const mostReturns = 12
/** Reports that are looked at, the newest. */
const looked = 10
const windowMs = 24 * 3_600_000

/**
 * Why a report may be part of a loop, so that a person has to look first; null where nothing says so. Two signs: the mail
 * that it answers came about by many reports of ours, as when another program answers each of them with patches; or
 * one of the latest reports comes back again and again, as when lists feed each other.
 */
export async function loopSign(
  answered: Pick<Message, 'references' | 'inReplyTo'>,
  reader: Pick<StoreReader, 'outbox' | 'deliveries'>,
  ports: Pick<FlowPorts, 'bot' | 'clock'>,
): Promise<string | null> {
  const ids = new Set([...answered.references, ...answered.inReplyTo])
  const own = [...ids].filter((id) => isReportId(id, ports.bot.address))
  if (own.length > mostInChain) {
    return `this may be a loop: the mail stands in a chain of answers with ${own.length} reports`
  }
  const since = ports.clock().getTime() - windowMs
  for (const { key, mail } of await reader.outbox({ limit: looked })) {
    const back = await reader.deliveries(mail.messageId)
    const times = back.filter(({ arrivedAt }) => arrivedAt.getTime() > since).length
    if (times > mostReturns) {
      return `this may be a loop: the report ${key} came back ${times} times within a day`
    }
  }
  return null
}
