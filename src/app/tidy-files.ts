import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../config/config.ts'
import type { ProjectPorts } from '../flow/ports.ts'
import type { UpstreamStores } from '../git/engine/upstream-store.ts'
import type { Logger } from '../log/logger.ts'
import { removeTree } from '../util/remove-tree.ts'
import type { StateLayout } from './state-layout.ts'

/** A test is ended when its time is over, but its end takes a moment, and so does its beginning. */
const marginMs = 60 * 60_000

interface Places {
  readonly config: Config
  readonly layout: StateLayout
  readonly projects: readonly ProjectPorts[]
  readonly upstreams: UpstreamStores
  readonly log: Logger
}

/** Packs the repositories, and removes checkouts of tests that nobody runs any more. A repository that fails is only said. */
export async function tidyFiles(places: Places, signal: AbortSignal): Promise<void> {
  const { config, layout, projects, upstreams, log } = places
  for (const { git, project } of projects) {
    signal.throwIfAborted()
    await saying(git.tidy(), project.name, log)
  }
  await saying(upstreams.tidy(), 'upstreams', log)
  const longestTestMs = Math.max(0, ...config.projects.map(({ tests }) => tests?.timeoutMs ?? 0))
  const keptMs = Math.max(config.retention.checkoutsMs, longestTestMs + marginMs)
  await removeCheckouts(layout.checkouts, keptMs)
}

async function saying(work: Promise<void>, what: string, log: Logger): Promise<void> {
  try {
    await work
  } catch (error) {
    log.warn({ repository: what, err: error }, 'a repository was not tidied up')
  }
}

async function removeCheckouts(folder: string, keptMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const place = path.join(folder, name)
    const found = await stat(place).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > keptMs) {
      await removeTree(place)
    }
  }
}
