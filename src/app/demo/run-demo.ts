import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load-config.ts'
import { BotError } from '../../core/bot-error.ts'
import type { MessageId, RefName, Sha } from '../../core/ids.ts'
import { mailRef } from '../../core/ref-name.ts'
import type { ProjectPorts } from '../../flow/ports.ts'
import { noteOwnMirrors } from '../../flow/recovery/require-own-store.ts'
import { createRepository } from '../../git/engine/repository.ts'
import { createLogger } from '../../log/logger.ts'
import type { Store } from '../../store/store.ts'
import { makeFolder } from '../../util/make-folder.ts'
import { openForge } from '../forge/open-forge.ts'
import { systemClock } from '../open-log.ts'
import { openRuntime, type Runtime } from '../runtime.ts'
import { startService } from '../serve.ts'
import type { Terminal } from '../terminal.ts'
import { type DemoForge, type ForgeWish, findDemoForge, tokenVariable } from './demo-forge.ts'
import { admitRepository, pushBase } from './enter-repository.ts'
import { createHinter } from './hint-results.ts'
import { sayForge, sayForgeEnd } from './say-forge.ts'
import { type DemoWorld, deliver, setUpDemo, type WorldOptions, writeSettings } from './set-up.ts'
import {
  createNarrator,
  type DemoRow,
  type Snapshot,
  snapshots,
  toRow,
  type Watcher,
  watchUntil,
} from './snapshots.ts'
import { readOutgoing, verify } from './verify.ts'
import { verifyForge } from './verify-forge.ts'

export interface DemoResult {
  readonly rows: readonly DemoRow[]
  /** What was not as it must be, a sentence each. */
  readonly wrong: readonly string[]
}

export interface DemoOptions {
  /** End by itself once every outcome is there. */
  readonly once: boolean
  /** A new temporary folder when null. */
  readonly directory: string | null
  /** Null: on embedded parts alone. */
  readonly forge: ForgeWish | null
}

/** What the demo shows while it runs. */
export interface DemoScreen {
  say(line: string): void
  table(rows: readonly DemoRow[]): void
}

/** How long outcomes are waited for: here, on a forge, and for the runner of one. */
const patienceMs = { here: 45_000, forge: 5 * 60_000, runner: 15 * 60_000 }
/** How often the results of what is tested are asked for. */
const askEveryMs = { here: 2_000, runner: 15_000 }
/** What is due later than this has nothing to do with the mails that came. */
const soonMs = 5_000

function patienceOf(forge: DemoForge | null): number {
  if (forge === null) {
    return patienceMs.here
  }
  return forge.runner === null ? patienceMs.forge : patienceMs.runner
}

async function isIdle(store: Store): Promise<boolean> {
  return store.read(async (reader) => {
    const { running = 0 } = await reader.jobCounts()
    const next = await reader.nextJobAt()
    return running === 0 && (next === null || next.getTime() > Date.now() + soonMs)
  })
}

interface Stage {
  readonly world: DemoWorld
  readonly runtime: Runtime
  readonly project: ProjectPorts
  readonly forge: DemoForge | null
}

async function play(
  { world, runtime, project, forge }: Stage,
  screen: DemoScreen,
  signal: AbortSignal,
): Promise<void> {
  const { store } = runtime.ports
  const narrate = createNarrator((line) => screen.say(line))
  const hint: Watcher =
    forge === null
      ? () => undefined
      : createHinter(
          project,
          runtime.ports,
          forge.runner === null ? askEveryMs.here : askEveryMs.runner,
        )
  const watch = {
    store,
    patienceMs: patienceOf(forge),
    async watcher(all: readonly Snapshot[]) {
      await narrate(all)
      await hint(all)
    },
  }
  let count = 0
  async function answered(ids: readonly string[]): Promise<boolean> {
    const sent = await readOutgoing(world.outgoing)
    return ids.every((id) => sent.some((mail) => mail.inReplyTo === id))
  }
  for (const act of world.scenario.acts) {
    screen.say(`\n${act.title}`)
    for (const mail of act.mails) {
      count += 1
      await deliver(world.inbox, `${1_700_000_000 + count}.M${count}P1.demo`, mail.raw)
    }
    await watchUntil(() => answered(act.awaits), watch, signal)
  }
  const { expectations, quarantined } = world.scenario
  await watchUntil(
    async () => {
      const held = await store.read((reader) => reader.quarantine(10))
      const isAnswered = await answered(expectations.map(({ answers }) => answers))
      return isAnswered && held.length >= quarantined
    },
    watch,
    signal,
  )
  // Nothing more may come: what is still due gets the time to be done.
  await watchUntil(() => isIdle(store), watch, signal)
}

async function judge(
  { world, runtime, project, forge }: Stage,
  signal: AbortSignal,
): Promise<DemoResult> {
  const { scenario } = world
  const { store } = runtime.ports
  const all = await snapshots(store)
  const wrong = [
    ...(forge === null
      ? await verify(scenario, world.mirror, world.outgoing)
      : await verifyForge(world, project, all, signal)),
  ]
  for (const expected of scenario.expectations) {
    const found = all.find(({ record }) => record.series.anchor === expected.anchor)
    const rule = found?.application?.baseRule ?? null
    if (expected.baseRule !== null && rule !== expected.baseRule) {
      wrong.push(`${expected.title}: base by ${rule ?? 'no rule'} instead of ${expected.baseRule}`)
    }
  }
  const quarantine = await store.read((reader) => reader.quarantine(10))
  if (quarantine.length !== scenario.quarantined) {
    wrong.push(`${quarantine.length} mails in quarantine instead of ${scenario.quarantined}`)
  }
  return { rows: all.map(toRow), wrong }
}

/** Where the demo is to be made; `isOurs`: nobody misses it. */
async function demoFolder(
  wanted: string | null,
  cwd: string,
): Promise<{ readonly directory: string; readonly isOurs: boolean }> {
  if (wanted === null) {
    return { directory: await mkdtemp(path.join(tmpdir(), 'patchferry-demo-')), isOurs: true }
  }
  const directory = path.resolve(cwd, wanted)
  await makeFolder(directory)
  if ((await readdir(directory)).length > 0) {
    const message = `${directory} is not empty`
    throw new BotError('CLI_DEMO_FOLDER_IN_USE', message, { retry: 'after-human' })
  }
  return { directory, isOurs: false }
}

async function perform(
  stage: Stage,
  options: DemoOptions,
  screen: DemoScreen,
  terminal: Terminal,
): Promise<DemoResult> {
  const { world, runtime, forge, project } = stage
  const draining = new AbortController()
  // An earlier demo may have published there.
  await noteOwnMirrors(runtime.ports)
  const service = await startService(runtime.config, runtime, {
    draining: draining.signal,
    stopping: terminal.stopping,
  })
  try {
    const address = service.listening.operatorUrl
    // With `once` it is gone before anybody can look.
    if (!options.once) {
      screen.say(`Dashboard: ${address} (to act, log in with token ${world.token})`)
    }
    await play(stage, screen, terminal.draining)
    const result = await judge(stage, terminal.draining)
    screen.table(result.rows)
    if (forge !== null) {
      const sent = await readOutgoing(world.outgoing)
      await sayForgeEnd(forge, runtime.ports.store, sent, (line) => screen.say(line))
    }
    const ref = mailRef(world.scenario.shownPatch as MessageId)
    screen.say(`\nMails in:      ${world.inbox}`)
    screen.say(`Reports:       ${path.join(world.outgoing, 'new')}`)
    screen.say(`Log:           ${path.join(world.directory, 'patchferry.log')}`)
    screen.say(`Any Message-ID is a git address: git fetch ${project.mirror.url} ${ref}`)
    if (!options.once && !terminal.draining.aborted) {
      screen.say(`Dashboard:     ${address}   (Ctrl-C ends the demo)`)
      await new Promise<void>((resolve) => {
        terminal.draining.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    return result
  } finally {
    draining.abort()
    await service.ended
  }
}

/** Opens all that the demo stands on, for as long as `work` takes. */
async function onStage<T>(
  world: DemoWorld,
  config: Config,
  forge: DemoForge | null,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const logFile = createWriteStream(path.join(world.directory, 'patchferry.log'))
  const log = createLogger({ level: 'info', destination: logFile, secrets: config.secrets })
  const runtime = await openRuntime(config, { clock: systemClock, log })
  try {
    const [project] = runtime.ports.projects
    if (project === undefined) {
      throw new TypeError('the demo has a project')
    }
    return await work({ world, runtime, project, forge })
  } finally {
    await runtime.close()
    logFile.end()
  }
}

/** The refs of the repository on the forge, where the demo may use it. */
async function admit(
  forge: DemoForge,
  directory: string,
  config: Config,
  signal: AbortSignal,
): Promise<ReadonlyMap<RefName, Sha>> {
  const [project] = config.projects
  if (project === undefined) {
    throw new TypeError('the demo has a project')
  }
  const seen = path.join(directory, 'mirror.git')
  await createRepository(seen)
  const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })
  const opened = openForge(project, { clock: systemClock, log, budgets: new Map() })
  return admitRepository(opened, forge, seen, signal)
}

/**
 * Runs the main job for real in a folder of its own: the service as `serve` starts it, on embedded parts or on a repository of
 * a real forge. Resolves at the end of `--once`, or when the person has seen enough. Throws CLI_DEMO_FOLDER_IN_USE, and what
 * `findDemoForge`, `admitRepository` and `pushBase` throw: then nothing is left behind.
 */
export async function runDemo(
  options: DemoOptions,
  screen: DemoScreen,
  terminal: Terminal,
): Promise<DemoResult> {
  const signal = terminal.draining
  const forge = options.forge === null ? null : await findDemoForge(options.forge, terminal, signal)
  const { directory, isOurs } = await demoFolder(options.directory, terminal.cwd)
  const worldOptions: WorldOptions = {
    settle: '1s',
    token: randomBytes(15).toString('base64url'),
    ...(forge === null ? {} : { forge: { place: forge, run: randomBytes(4).toString('hex') } }),
  }
  let isBegun = false
  try {
    const file = await writeSettings(directory, worldOptions)
    const config = await loadConfig(file, { [tokenVariable]: terminal.env[tokenVariable] })
    const refs = forge === null ? null : await admit(forge, directory, config, signal)
    const world = await setUpDemo(directory, worldOptions)
    return await onStage(world, config, forge, async (stage) => {
      if (forge !== null && refs !== null) {
        await pushBase(refs, stage.project, forge, world.mirror, signal)
        sayForge(forge, (line) => screen.say(line))
      }
      isBegun = true
      screen.say(`The demo lives in ${directory}`)
      return perform(stage, options, screen, terminal)
    })
  } catch (error) {
    if (isOurs && !isBegun) {
      await rm(directory, { recursive: true, force: true })
    }
    throw error
  }
}
