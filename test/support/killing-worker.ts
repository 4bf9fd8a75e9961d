// The real service in a process of its own. It says `ready` once it begins, notes each outward act, and kills itself by
// SIGKILL between such an act and the transaction that would record it. Ends by itself when there is nothing left to do for a minute.
// Arguments: configuration file, file of acts, file for the log, comma-separated steps of which the first one reached kills,
// and how far ahead of the time its clock is, in milliseconds.
import { appendFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRuntime, type Runtime } from '../../src/app/runtime.ts'
import { startService } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Forge } from '../../src/forge/forge.ts'
import { createLogger } from '../../src/log/logger.ts'

const [configFile = '', actsFile = '', logFile = '', targets = '', ahead = '0'] =
  process.argv.slice(2)
const deadly = new Set(targets.split(','))

function now(): Date {
  return new Date(Date.now() + Number(ahead))
}

/** Dies once the act has happened, before anybody can write down that it did. */
async function surviving<T>(step: string, act: Promise<T>): Promise<T> {
  const result = await act
  appendFileSync(actsFile, `${step}\n`)
  if (deadly.has(step)) {
    process.kill(process.pid, 'SIGKILL')
  }
  return result
}

function armedForge(forge: Forge): Forge {
  return {
    ...forge,
    // What it can do may be known later than now.
    get capabilities() {
      return forge.capabilities
    },
    ensurePullRequest: (...args) => surviving('pull-request', forge.ensurePullRequest(...args)),
    editPullRequest: (...args) => surviving('edit', forge.editPullRequest(...args)),
    ensureComment: (...args) => surviving('comment', forge.ensureComment(...args)),
    listChecks: (...args) => surviving('checks', forge.listChecks(...args)),
  }
}

function armed(runtime: Runtime): Runtime {
  const { archive, journal, mailer, projects } = runtime.ports
  return {
    ...runtime,
    sources: runtime.sources.map((source) => ({
      ...source,
      settle: (...args) => surviving('settle', source.settle(...args)),
    })),
    ports: {
      ...runtime.ports,
      clock: now,
      archive: {
        ...archive,
        append: (...args) => surviving('archive', archive.append(...args)),
      },
      journal: {
        ...journal,
        recordDecision: (...args) => surviving('journal-decision', journal.recordDecision(...args)),
        recordSent: (entry, signal) =>
          surviving(`journal-${entry.event}`, journal.recordSent(entry, signal)),
      },
      mailer: {
        ...mailer,
        send: (...args) => surviving('send', mailer.send(...args)),
        sendToAll: (...args) =>
          surviving(
            'send',
            mailer.sendToAll === undefined ? mailer.send(...args) : mailer.sendToAll(...args),
          ),
      },
      projects: projects.map((project) => ({
        ...project,
        git: {
          ...project.git,
          apply: (...args) => surviving('apply', project.git.apply(...args)),
          push: (...args) => surviving('push', project.git.push(...args)),
          pushEach: (...args) => surviving('push', project.git.pushEach(...args)),
        },
        forge: armedForge(project.forge),
        test: (...args) => surviving('test', project.test(...args)),
      })),
    },
  }
}

const config = await loadConfig(configFile, {})
const log = createLogger({
  level: 'debug',
  destination: { write: (line: string) => appendFileSync(logFile, line) },
  secrets: config.secrets,
  format: 'json',
})
process.stdout.write('ready\n')
const runtime = await openRuntime(config, { clock: () => new Date(), log })
const draining = new AbortController()
const service = await startService(config, armed(runtime), {
  draining: draining.signal,
  stopping: new AbortController().signal,
})
process.stdout.write(`listening ${service.listening.publicUrl}\n`)

/** What is due later than this is not waited for. */
const farMs = 60_000
/** So long what comes from outside, such as a webhook, may bring it forward. */
const hesitationMs = 2_500

/** When the next thing is to be done; null where nothing is left. */
async function nextAt(): Promise<Date | null> {
  const unread = config.sources.flatMap((source) =>
    source.kind === 'imap' ? [] : readdirSync(path.join(source.path, 'new')),
  )
  return runtime.ports.store.read(async (reader) => {
    const isBusy = unread.length > 0 || ((await reader.jobCounts()).running ?? 0) > 0
    return isBusy ? new Date(0) : reader.nextJobAt()
  })
}

async function untilIdle(): Promise<Date | null> {
  let farSince: number | null = null
  // Twice, because a mail lies in no folder for the instant in which its job is not stored yet either.
  for (let idle = 0; idle < 2; ) {
    await sleep(25)
    const next = await nextAt()
    idle = next === null ? idle + 1 : 0
    const isFar = next !== null && next.getTime() > now().getTime() + farMs
    farSince = isFar ? (farSince ?? Date.now()) : null
    if (farSince !== null && Date.now() - farSince >= hesitationMs) {
      return next
    }
  }
  return null
}

const asleepUntil = await untilIdle()
draining.abort()
await service.ended
await runtime.close()
if (asleepUntil !== null) {
  process.stdout.write(`asleep until ${asleepUntil.toISOString()}\n`)
}
