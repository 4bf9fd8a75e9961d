// The real service in a process of its own. It says `ready` once it begins, notes each outward act, and kills itself by
// SIGKILL between such an act and the transaction that would record it. Ends by itself when there is nothing left to do for a minute.
// Arguments: configuration file, file of acts, file for the log, comma-separated steps of which the first one reached kills,
// and how far ahead of the time its clock is, in milliseconds.
import { appendFileSync } from 'node:fs'
import { openRuntime, type Runtime } from '../../src/app/runtime.ts'
import { startService } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Forge } from '../../src/forge/forge.ts'
import { createLogger } from '../../src/log/logger.ts'
import { untilIdle } from './until-idle.ts'

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
          pushForReview: (...args) => surviving('push', project.git.pushForReview(...args)),
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

/** Longer than a webhook takes. */
const hesitationMs = 1_500

const asleepUntil = await untilIdle(runtime, now, hesitationMs)
draining.abort()
await service.ended
await runtime.close()
if (asleepUntil !== null) {
  process.stdout.write(`asleep until ${asleepUntil.toISOString()}\n`)
}
