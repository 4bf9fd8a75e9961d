import type { AccessToken, Config } from '../config/config.ts'
import type { MessageId } from '../core/ids.ts'
import type { MailBody } from '../core/message.ts'
import { link, undoLink, unlink } from '../flow/acts/link-acts.ts'
import { approve, retest, withdraw } from '../flow/acts/operator-acts.ts'
import { dropMail, releaseMail } from '../flow/acts/outbox-acts.ts'
import { split, undoSplit } from '../flow/acts/split-acts.ts'
import { takeMails } from '../flow/intake/take-mail.ts'
import type { FlowPorts } from '../flow/ports.ts'
import { logTaken } from '../flow/trace.ts'
import { readAssets } from '../web/assets.ts'
import { createHealth } from '../web/health.ts'
import { createMetrics } from '../web/metrics.ts'
import { startOperatorServer } from '../web/operator/operator-server.ts'
import type { MailBodies, MailIntake, NamedToken, OperatorActs } from '../web/ports.ts'
import { startPublicServer } from '../web/public/public-server.ts'
import { followSmee } from './forge/follow-smee.ts'
import { openWebhooks } from './forge/webhooks.ts'
import type { Runtime } from './runtime.ts'
import { version } from './version.ts'
import type { WakeUp } from './wake-up.ts'
import type { Watch } from './watch.ts'

/** Where the service can be reached. */
export interface Listening {
  readonly publicUrl: string
  readonly operatorUrl: string
  close(): Promise<void>
}

const graceMs = 5_000
const maxMessageBytes = 50 * 1024 ** 2
const healthFreshMs = 2_000
const healthPatienceMs = 5_000

function named(tokens: readonly AccessToken[]): readonly NamedToken[] {
  return tokens.map(({ name, token }) => ({ name, secret: token.reveal() }))
}

/** Acts leave a job behind; the lanes are told at once. */
function operatorActs(ports: FlowPorts, { ring }: WakeUp): OperatorActs {
  async function ringing<T>(act: Promise<T>): Promise<T> {
    const result = await act
    ring()
    return result
  }
  return {
    approve: (topic, held, by, signal) => ringing(approve(topic, held, by, ports, signal)),
    withdraw: (topic, reason, by, signal) => ringing(withdraw(topic, reason, by, ports, signal)),
    retest: (topic, chosen, by) => ringing(retest(topic, chosen, by, ports)),
    link: (mail, to, reason, by, signal) =>
      ringing(
        to === null
          ? unlink(mail, { reason, by }, ports, signal)
          : link(mail, to, { reason, by }, ports, signal),
      ),
    split: (mail, to, reason, by, signal) =>
      ringing(split(mail, to, { reason, by }, ports, signal)),
    undo: (what, mail, reason, by, signal) =>
      ringing((what === 'link' ? undoLink : undoSplit)(mail, { reason, by }, ports, signal)),
    // The button for a mail of unknown fate says that it may arrive twice.
    release: (key, reason, by, signal) =>
      ringing(releaseMail(key, { reason, by, mayArriveTwice: true }, ports, signal)),
    drop: (key, reason, by, signal) => ringing(dropMail(key, { reason, by }, ports, signal)),
  }
}

function mailIntake(ports: FlowPorts, { ring }: WakeUp): MailIntake {
  return {
    async take(raw, { source, location }, signal) {
      const delivery = { raw, source, location, arrivedAt: ports.clock(), isSilent: false }
      const taken = await takeMails([delivery], ports, async () => undefined, signal)
      logTaken(taken, source, ports.log)
      ring()
      return { outcome: taken[0]?.outcome ?? 'known', messageId: taken[0]?.messageId ?? null }
    },
  }
}

/** Texts are not in the store: they are read again from the archive by the same parser. */
function mailBodies({ store, archive, parse }: FlowPorts): MailBodies {
  return {
    async body(messageId: MessageId, signal): Promise<MailBody | null> {
      const stored = await store.read((reader) => reader.message(messageId))
      const [raw] = stored === null ? [] : await archive.rawMails([stored], signal)
      const parsed = raw === undefined ? null : parse(raw)
      return parsed?.outcome === 'message' ? parsed.body : null
    },
  }
}

/** Opens both listeners: the public one, and the operator's. Throws WEB_LISTEN. */
export async function startListeners(
  config: Config,
  { ports }: Runtime,
  wakeUp: WakeUp,
  watch: Pick<Watch, 'look'>,
): Promise<Listening> {
  const { store, clock, log } = ports
  const health = createHealth({
    watch: () => watch.look(),
    clock,
    log,
    freshMs: healthFreshMs,
    patienceMs: healthPatienceMs,
  })
  const metrics = createMetrics(store, health)
  const { operator, public: open } = config.web
  const publicServer = await startPublicServer({
    host: open.host,
    port: open.port,
    health,
    metrics,
    intake: mailIntake(ports, wakeUp),
    tokens: named(open.tokens),
    maxMessageBytes,
    webhooks: await openWebhooks(config, ports, wakeUp),
    log,
  })
  const channels: (() => Promise<void>)[] = []
  try {
    for (const { name, smeeUrl } of config.forges) {
      if (smeeUrl !== null) {
        channels.push(await followSmee(smeeUrl, `${publicServer.url}/webhooks/${name}`, log))
      }
    }
    const operatorServer = await startOperatorServer({
      host: operator.host,
      port: operator.port,
      hosts: operator.hosts,
      isBehindTls: operator.isBehindTls,
      tokens: named(operator.tokens),
      projects: ports.projects.map(({ project }) => project),
      store,
      acts: operatorActs(ports, wakeUp),
      bodies: mailBodies(ports),
      health,
      metrics,
      assets: await readAssets(),
      version,
      clock,
      log,
    })
    return {
      publicUrl: publicServer.url,
      operatorUrl: operatorServer.url,
      async close() {
        await Promise.all(channels.map((stop) => stop()))
        await Promise.all([publicServer.close(graceMs), operatorServer.close(graceMs)])
      },
    }
  } catch (error) {
    await Promise.all(channels.map((stop) => stop()))
    await publicServer.close(0)
    throw error
  }
}
