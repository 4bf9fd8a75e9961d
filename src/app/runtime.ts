import { mkdir } from 'node:fs/promises'
import type { Config, ProjectConfig } from '../config/config.ts'
import type { FlowPorts, ProjectPorts } from '../flow/ports.ts'
import { withDecisionLog } from '../flow/trace.ts'
import { requireGit } from '../git/cli/git-version.ts'
import { openGitEngine } from '../git/engine/open-git-engine.ts'
import { createRepository } from '../git/engine/repository.ts'
import { openUpstreamStores, type UpstreamStores } from '../git/engine/upstream-store.ts'
import type { MailSource } from '../mail/mail-source.ts'
import { readAsGit } from '../mail/parse/read-as-git.ts'
import { every } from './every.ts'
import { type ForgeTools, openForge } from './forge/open-forge.ts'
import { openOverlay } from './forge/open-overlay.ts'
import { openMailReporter, openPullRequestWriter } from './load-templates.ts'
import { createLookout, type Lookout } from './lookout.ts'
import { openIntake, quietMs, type RuntimeOptions } from './open-intake.ts'
import { openMailer } from './open-mailer.ts'
import { openJournal } from './open-records.ts'
import { openReturnPaths } from './open-return-paths.ts'
import { openSources } from './open-sources.ts'
import { type StateLayout, stateLayout } from './state-layout.ts'
import { testBench } from './test-bench.ts'
import { tidyFiles } from './tidy-files.ts'

/** Everything a running service stands on, opened. */
export interface Runtime {
  /** As it holds now: another one after `reconfigure`. */
  readonly config: Config
  readonly layout: StateLayout
  readonly ports: FlowPorts
  /** The configured sources, in the order written. */
  readonly sources: readonly MailSource[]
  readonly lookout: Lookout
  /**
   * Goes on with another configuration, in which only is different what `mergeReloaded` takes over. Jobs that run keep the
   * one they began with. Throws REPORT_TEMPLATE_* and changes nothing then.
   */
  reconfigure(config: Config): void
  close(): Promise<void>
}

/** The repository of a project on this machine, created where absent, and what serves the project. */
export async function openProject(
  config: ProjectConfig,
  layout: StateLayout,
  upstreams: UpstreamStores,
  tools: ForgeTools,
): Promise<ProjectPorts> {
  const directory = layout.repository(config.name)
  await createRepository(directory)
  const upstream = await upstreams.open(config.upstreamUrl ?? config.mirrorUrl, directory)
  const opened = openForge(config, tools)
  const overlay = openOverlay(config, opened.forge)
  const git = await openGitEngine(directory, { readMail: readAsGit, upstream })
  return {
    project: config,
    git,
    ...opened,
    overlay,
    upstream:
      config.upstreamUrl === null
        ? null
        : {
            url: config.upstreamUrl,
            authorize: async () => config.upstreamAuthorization?.reveal() ?? null,
          },
    test: testBench(config, git, layout.checkouts),
  }
}

/**
 * Opens store, archive, journal, repositories and what reports need. The store is migrated first. Throws
 * STORE_NEWER and whatever the rooms throw; what was opened by then is closed again.
 */
export async function openRuntime(config: Config, options: RuntimeOptions): Promise<Runtime> {
  const layout = stateLayout(config.stateDirectory)
  const intake = await openIntake(config, options)
  const closers: (() => Promise<void>)[] = [() => intake.close()]
  async function close(): Promise<void> {
    for (const closer of closers.toReversed()) {
      await closer()
    }
  }
  try {
    await mkdir(layout.checkouts, { recursive: true })
    const journal = await openJournal(layout.journal, options.log)
    closers.push(() => journal.close())
    const upstreams = openUpstreamStores(layout.upstreams)
    closers.push(() => upstreams.close())
    const tools = { ...options, budgets: new Map() }
    const projects: ProjectPorts[] = []
    for (const project of config.projects) {
      const opened = await openProject(project, layout, upstreams, tools)
      projects.push(opened)
      closers.push(() => opened.git.close())
    }
    const returnPaths = await openReturnPaths(config.delivery, layout.returnPathKey)
    const mailer = await openMailer(config.delivery.way, returnPaths)
    closers.push(() => mailer.close())
    const names = config.sources.map(({ name }) => name)
    const lookout = createLookout(names, options.clock)
    let live = {
      config,
      projects: projects as readonly ProjectPorts[],
      reporter: openMailReporter(config.mailTemplates, options.log).reporter,
    }
    const ports: FlowPorts = {
      ...intake.ports,
      store: options.tellsDecisions
        ? withDecisionLog(intake.ports.store, options.log)
        : intake.ports.store,
      journal,
      mailer,
      get reporter() {
        return live.reporter
      },
      pullRequestWriter: openPullRequestWriter(),
      get projects() {
        return live.projects
      },
      bot: config.bot,
      get otherBots() {
        return live.config.otherBots
      },
      gitVersion: (await requireGit()).text,
      every,
      quietMs,
      get sending() {
        return live.config.delivery
      },
      returnPaths,
      get bounces() {
        return live.config.delivery.bounces
      },
      sourcesReadUntil: () => lookout.readUntil(),
      upkeep: {
        get retention() {
          return live.config.retention
        },
        tidyFiles: (signal) =>
          tidyFiles(
            {
              config: live.config,
              layout,
              projects: live.projects,
              upstreams,
              log: options.log,
            },
            signal,
          ),
      },
    }
    const sources = openSources(config, layout, options.log)
    closers.push(...sources.map((source) => () => source.close()))
    return {
      get config() {
        return live.config
      },
      layout,
      ports,
      sources,
      lookout,
      reconfigure(changed) {
        live = {
          config: changed,
          reporter: openMailReporter(changed.mailTemplates, options.log).reporter,
          projects: live.projects.map((serving) => {
            const project = changed.projects.find(({ name }) => name === serving.project.name)
            return project === undefined
              ? serving
              : { ...serving, project, test: testBench(project, serving.git, layout.checkouts) }
          }),
        }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
