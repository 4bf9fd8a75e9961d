import type { FlowPorts } from '../../flow/ports.ts'
import type { GitEngine, PushResult, RefUpdate } from '../../git/git-engine.ts'
import type { Mailer } from '../../mail/mailer.ts'

/** One line of `patchferry replay --json`: an outward act that was written down instead of done. */
export interface ReplayedAct {
  readonly at: string
  readonly act: 'push' | 'pull-request' | 'comment' | 'label' | 'close' | 'mail' | 'hold'
  /** What makes it this act: the same key is the same act. */
  readonly key: string
  readonly target: string
  readonly body: string
}

export type RecordAct = (act: Omit<ReplayedAct, 'at'>) => void

/** Takes every mail, and sends none. */
export function recordingMailer(record: RecordAct): Mailer {
  return {
    async send(mail) {
      const people = [...mail.to, ...mail.cc].map(({ address }) => address)
      const body = `Subject: ${mail.subject}\nIn-Reply-To: <${mail.inReplyTo ?? ''}>\n\n${mail.text}`
      record({ act: 'mail', key: mail.messageId, target: people.join(', '), body })
      return { outcome: 'accepted', reply: 'written down' }
    },
    wasAccepted: async () => false,
    close: async () => undefined,
  }
}

function recordPush(
  record: RecordAct,
  updates: readonly RefUpdate[],
  pushed: PushResult | null,
): void {
  if (pushed?.outcome !== 'pushed') {
    return
  }
  for (const { ref, target, expected } of updates) {
    const key = `push ${ref} ${expected ?? '-'} ${target ?? '-'}`
    record({ act: 'push', key, target: ref, body: target ?? '' })
  }
}

/** Pushes to a copy, and writes down what. */
export function recordingGit(git: GitEngine, record: RecordAct): GitEngine {
  return {
    ...git,
    async push(remote, updates, signal) {
      const pushed = await git.push(remote, updates, signal)
      recordPush(record, updates, pushed)
      return pushed
    },
    async pushEach(remote, groups, signal) {
      const pushed = await git.pushEach(remote, groups, signal)
      for (const [index, one] of pushed.entries()) {
        recordPush(record, groups[index] ?? [], one.status === 'fulfilled' ? one.value : null)
      }
      return pushed
    },
  }
}

/** Series that are held now and were not said to be before. */
export async function recordHolds(
  ports: Pick<FlowPorts, 'store'>,
  said: Set<string>,
  record: RecordAct,
): Promise<void> {
  const held = await ports.store.read(async (reader) => {
    const topics = await reader.topics({ states: ['held'], limit: 10_000, offset: 0 })
    const found = []
    for (const { topic } of topics) {
      found.push(...(await reader.applications(topic)))
    }
    return found.filter((one) => one.holds.length > 0 && one.publishedAt === null)
  })
  for (const { topic, version, application, holds } of held) {
    const head = application.outcome === 'conflict' ? '-' : application.head
    const key = `hold ${topic} v${version} ${head}`
    if (!said.has(key)) {
      said.add(key)
      record({ act: 'hold', key, target: `${topic} v${version}`, body: holds.join('\n') })
    }
  }
}
