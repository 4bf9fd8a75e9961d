// The real service in a process of its own. It says `ready` once it begins, notes each outward act, and kills itself by
// SIGKILL between such an act and the transaction that would record it. Ends by itself when there is nothing left to do.
// Arguments: configuration file, file of acts, file for the log, comma-separated steps of which the first one reached kills.
import { appendFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRuntime, type Runtime } from '../../src/app/runtime.ts'
import { startService } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createLogger } from '../../src/log/logger.ts'

const [configFile = '', actsFile = '', logFile = '', targets = ''] = process.argv.slice(2)
const deadly = new Set(targets.split(','))

/** Dies once the act has happened, before anybody can write down that it did. */
async function surviving<T>(step: string, act: Promise<T>): Promise<T> {
  const result = await act
  appendFileSync(actsFile, `${step}\n`)
  if (deadly.has(step)) {
    process.kill(process.pid, 'SIGKILL')
  }
  return result
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

async function isIdle(): Promise<boolean> {
  const counts = await runtime.ports.store.read((reader) => reader.jobCounts())
  const unread = config.sources.flatMap((source) =>
    source.kind === 'imap' ? [] : readdirSync(path.join(source.path, 'new')),
  )
  return (counts.waiting ?? 0) + (counts.running ?? 0) + unread.length === 0
}

// Twice, because a mail lies in no folder for the instant in which its job is not stored yet either.
for (let idle = 0; idle < 2; idle = (await isIdle()) ? idle + 1 : 0) {
  await sleep(25)
}
draining.abort()
await service.ended
await runtime.close()
