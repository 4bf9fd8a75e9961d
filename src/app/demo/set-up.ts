import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gitText } from '../../git/cli/run-git.ts'
import { configText } from './config-text.ts'
import { type DemoForge, demoBranch } from './demo-forge.ts'
import { makeScenario, type Scenario } from './scenario.ts'
import { openWorkshop } from './upstream.ts'
import { demoWorkflow } from './workflow.ts'

/** A small world: an upstream, a mirror, a list's inbox, a place for reports, and the configuration of all. */
export interface DemoWorld {
  readonly directory: string
  readonly config: string
  readonly inbox: string
  readonly outgoing: string
  /** A bare repository: the mirror itself, or what was last seen of the one on a forge. */
  readonly mirror: string
  readonly scenario: Scenario
  /** What acts on the dashboard are done with. */
  readonly token: string
}

export interface WorldOptions {
  /** How long a complete series rests, as the configuration writes it. */
  readonly settle: string
  readonly token: string
  /** A repository on a forge in place of one in the folder. */
  readonly forge?: { readonly place: DemoForge; readonly run: string }
}

async function makeMaildir(directory: string): Promise<void> {
  for (const folder of ['new', 'cur', 'tmp']) {
    await mkdir(path.join(directory, folder), { recursive: true })
  }
}

const configFile = 'patchferry.yml'

/** The part of the world that says what the rest will be: the configuration. Its path. */
export async function writeSettings(
  directory: string,
  { settle, token, forge }: WorldOptions,
): Promise<string> {
  await mkdir(directory, { recursive: true })
  await writeFile(path.join(directory, 'operator-token'), `${token}\n`, { mode: 0o600 })
  const file = path.join(directory, configFile)
  await writeFile(file, configText({ settle, forge: forge?.place ?? null }))
  return file
}

/**
 * Makes the world in an empty or absent folder. The same options make the same commits and mails; on a forge each run has mails
 * of its own, so that it meets nothing that an earlier one left.
 */
export async function setUpDemo(directory: string, options: WorldOptions): Promise<DemoWorld> {
  await writeSettings(directory, options)
  function at(name: string): string {
    return path.join(directory, name)
  }
  const workshop = await openWorkshop(at('workshop'))
  const place = options.forge?.place ?? null
  const scenario = await makeScenario(workshop, {
    run: options.forge?.run ?? null,
    workflow: place === null || place.runner === null ? {} : demoWorkflow(place.kind, place.runner),
  })
  const branch = place === null ? 'main' : demoBranch
  for (const name of ['upstream.git', 'mirror.git']) {
    await gitText(['init', '--quiet', '--bare', `--initial-branch=${branch}`, at(name)])
  }
  await workshop.git('push', '--quiet', at('upstream.git'), `main:refs/heads/${branch}`)
  await makeMaildir(at('inbox'))
  await makeMaildir(at('outgoing'))
  return {
    directory,
    config: at(configFile),
    inbox: at('inbox'),
    outgoing: at('outgoing'),
    mirror: at('mirror.git'),
    scenario,
    token: options.token,
  }
}

/** Delivers one mail as an MTA does: written to tmp, then renamed to new. */
export async function deliver(inbox: string, name: string, raw: string): Promise<void> {
  const file = path.join(inbox, 'tmp', name)
  await writeFile(file, raw)
  await rename(file, path.join(inbox, 'new', name))
}
