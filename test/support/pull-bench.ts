import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { openRuntime, type Runtime } from '../../src/app/runtime.ts'
import { syncOnce } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Project } from '../../src/core/project.ts'
import { explain, status } from '../../src/flow/acts/inspect.ts'
import type { FlowPorts, ProjectPorts } from '../../src/flow/ports.ts'
import type { Forge } from '../../src/forge/forge.ts'
import { createLogger } from '../../src/log/logger.ts'

/** The service on a world of the demo, with a forge in place of the plain mirror; every look is a process life of its own. */
export interface PullBench {
  /** Reads what arrived and does what is due, until nothing is. An hour passes before each. */
  pass(): Promise<void>
  /** Does `work` with what the service stands on, while it does not run. */
  with<T>(work: (ports: FlowPorts) => Promise<T>): Promise<T>
  /** What the service logged as failed, oldest first. */
  readonly failures: readonly string[]
}

export function openPullBench(
  world: DemoWorld,
  forge: Forge,
  change: Partial<Project> = {},
  places: Partial<Pick<ProjectPorts, 'mirror' | 'heads' | 'overlay'>> = {},
): PullBench {
  let now = Date.now()
  const failures: string[] = []
  const log = createLogger({
    level: 'warn',
    destination: { write: (line: string) => failures.push(line) > 0 },
    secrets: [],
    format: 'json',
  })
  const never = new AbortController().signal

  async function opened<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
    const config = await loadConfig(world.config, {})
    const runtime = await openRuntime(config, { clock: () => new Date(now), log })
    const projects = runtime.ports.projects.map((project) => ({
      ...project,
      ...places,
      forge,
      project: {
        ...project.project,
        placement: 'secretless-mirror' as const,
        publicHeadsUrl: places.heads?.url ?? project.project.publicHeadsUrl,
        ...change,
      },
    }))
    try {
      return await work({ ...runtime, ports: { ...runtime.ports, projects } })
    } finally {
      await runtime.close()
    }
  }

  return {
    failures,
    async pass() {
      now += 3_600_000
      await opened((runtime) =>
        syncOnce(runtime.config, runtime, null, { draining: never, stopping: never }),
      )
    },
    with: (work) => opened(({ ports }) => work(ports)),
  }
}

/** What `explain` says of publishing, as `rule: result`. */
export async function published(bench: PullBench, messageId: string): Promise<readonly string[]> {
  const decisions = await bench.with(({ store }) => explain(messageId, store))
  return (decisions ?? [])
    .filter(({ step }) => step === 'publish')
    .map(({ rule, result }) => `${rule}: ${result}`)
}

/** What `status` says of the topics, newest change first. */
export async function topicsOf(
  bench: PullBench,
): Promise<Awaited<ReturnType<typeof status>>['topics']> {
  return (await bench.with(({ store }) => status(store))).topics
}
