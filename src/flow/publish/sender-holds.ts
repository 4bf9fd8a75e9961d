import type { TrustPolicy } from '../../core/project.ts'
import { isListed, isSenderProven } from '../../core/trust/sender-proof.ts'
import type { FlowPorts } from '../ports.ts'
import type { Situation } from '../series/series-situation.ts'

/** Why the senders of these patches are not known, a sentence for each of them; none where the policy does not ask. */
export async function senderHolds(
  { mails, record }: Pick<Situation, 'mails' | 'record'>,
  { unknownSenders, authservIds, knownSenders }: TrustPolicy,
  ports: Pick<FlowPorts, 'archive' | 'parse'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (unknownSenders === 'test') {
    return []
  }
  const patches = new Set(record.series.patches.map(({ messageId }) => messageId))
  const wanted = mails.filter(({ message }) => patches.has(message.messageId))
  const raws = await ports.archive.rawMails(wanted, signal)
  const holds = new Set<string>()
  for (const raw of raws) {
    const parsed = ports.parse(raw)
    const origin = parsed.outcome === 'message' ? parsed.body.origin : null
    if (origin === null) {
      holds.add('it holds a mail that cannot be read any more')
    } else if (!isListed(origin.address, knownSenders)) {
      holds.add(`${origin.address} is not among the senders that are known here`)
    } else if (!isSenderProven(origin.authentication, origin.address, authservIds)) {
      holds.add(`no server that is trusted here confirms that ${origin.address} sent it (DKIM)`)
    }
  }
  return [...holds]
}
