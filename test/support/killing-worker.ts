// Runs the real service in a process of its own and kills that process, by SIGKILL, between an outward act and the
// transaction that records it. Arguments: configuration file, file to which the step is appended, step.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRuntime, type Runtime } from '../../src/app/runtime.ts'
import { startService } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { memoryLog } from './memory-log.ts'

const [configFile = '', stepsFile = '', target = ''] = process.argv.slice(2)

/** Dies once the act has happened, before anybody can write down that it did. */
async function surviving<T>(step: string, act: Promise<T>): Promise<T> {
  const result = await act
  if (step === target) {
    appendFileSync(stepsFile, `${step}\n`)
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
      mailer: { ...mailer, send: (...args) => surviving('send', mailer.send(...args)) },
      projects: projects.map((project) => ({
        ...project,
        git: {
          ...project.git,
          apply: (...args) => surviving('apply', project.git.apply(...args)),
          push: (...args) => surviving('push', project.git.push(...args)),
        },
        test: (...args) => surviving('test', project.test(...args)),
      })),
    },
  }
}

const config = await loadConfig(configFile, {})
const runtime = await openRuntime(config, { clock: () => new Date(), log: memoryLog().logger })
const draining = new AbortController()
const service = await startService(config, armed(runtime), {
  draining: draining.signal,
  stopping: new AbortController().signal,
})

/** Nothing is due and nothing came due for a while: what arrives later belongs to the next life. */
const quietLooks = 4
for (let quiet = 0; quiet < quietLooks; ) {
  await sleep(50)
  const counts = await runtime.ports.store.read((reader) => reader.jobCounts())
  quiet = (counts.waiting ?? 0) + (counts.running ?? 0) === 0 ? quiet + 1 : 0
}
draining.abort()
await service.ended
await runtime.close()
