import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gitText } from '../../git/cli/run-git.ts'
import { listAddress, listId } from './mails.ts'
import { makeScenario, type Scenario } from './scenario.ts'
import { openWorkshop } from './upstream.ts'

/** A small world: an upstream, a mirror, a list's inbox, a place for reports, and the configuration of all. */
export interface DemoWorld {
  readonly directory: string
  readonly config: string
  readonly inbox: string
  readonly outgoing: string
  readonly mirror: string
  readonly scenario: Scenario
  /** What acts on the dashboard are done with. */
  readonly token: string
}

export interface WorldOptions {
  /** How long a complete series rests, as the configuration writes it. */
  readonly settle: string
  readonly token: string
}

async function makeMaildir(directory: string): Promise<void> {
  for (const folder of ['new', 'cur', 'tmp']) {
    await mkdir(path.join(directory, folder), { recursive: true })
  }
}

function configText(options: WorldOptions): string {
  return `# Written by \`patchferry demo\`: every part is embedded, nothing leaves this folder.
state: ./state
bot:
  name: Patchferry
  address: patchferry@example.org
lists:
  - name: hello-devel
    address: ${listAddress}
    listId: ${listId}
    sources:
      - maildir: ./inbox
        poll: 1s
projects:
  - name: hello
    lists: [hello-devel]
    upstream:
      url: ./upstream.git
    mirror:
      forge: plain
      url: ./mirror.git
    branches: [main]
    settle: ${options.settle}
    tests:
      name: test
      command: [sh, test.sh]
      timeout: 1m
      # The demo runs its own patches. For those of strangers: bubblewrap or container.
      isolation: none
    reports:
      # The default tells nobody of success; the demo shows all there is.
      success: author-and-list
      failure: author-and-list
      error: author-and-list
      conflict: author-and-list
      damaged: author-and-list
      baseMissing: author-and-list
      held: author-and-list
      problem: author-and-list
delivery:
  maildir: ./outgoing
web:
  public:
    host: 127.0.0.1
    port: 0
  operator:
    host: 127.0.0.1
    port: 0
    tokens:
      - name: demo
        tokenFile: ./operator-token
log:
  level: info
`
}

/** Makes the world in an empty or absent folder. The same options make the same commits and mails. */
export async function setUpDemo(directory: string, options: WorldOptions): Promise<DemoWorld> {
  await mkdir(directory, { recursive: true })
  function at(name: string): string {
    return path.join(directory, name)
  }
  const workshop = await openWorkshop(at('workshop'))
  const scenario = await makeScenario(workshop)
  for (const name of ['upstream.git', 'mirror.git']) {
    await gitText(['init', '--quiet', '--bare', '--initial-branch=main', at(name)])
  }
  await workshop.git('push', '--quiet', at('upstream.git'), 'main')
  await makeMaildir(at('inbox'))
  await makeMaildir(at('outgoing'))
  await writeFile(at('operator-token'), `${options.token}\n`, { mode: 0o600 })
  await writeFile(at('patchferry.yml'), configText(options))
  return {
    directory,
    config: at('patchferry.yml'),
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
